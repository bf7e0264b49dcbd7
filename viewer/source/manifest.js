// The share's list of files, opened and checked: what comes out of here can be relied on.

import { bytesOfBase64, bytesOfHex } from "./bytes.js";
import { role } from "./cipher.js";
import { Failure } from "./failure.js";
import { largestChunk, largestPack, messageBytes } from "./format.js";

const largestManifest = 64 * 1024 * 1024;

export function openManifest(cipher, sealed, key, shareId) {
    let plaintext;
    try {
        plaintext = cipher.decompress(cipher.open(sealed, key, shareId, role.manifest), undefined, largestManifest);
    } catch (error) {
        throw error.kind === "damaged" ? new Failure("not-opened") : error;
    }
    try {
        return readManifest(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plaintext)));
    } catch (error) {
        throw error instanceof Failure ? error : new Failure("malformed-share", "its list is wrong");
    }
}

function readManifest(json) {
    if (json.format !== 1) throw new Failure("newer-share");
    const packs = json.packs.map(readAddress);
    const files = json.files.map((file) => readFile(file, packs.length));
    demand(new Set(files.map((file) => file.name)).size === files.length, "two files have one name");
    return {
        title: text(json.title ?? "", "title"),
        expires: json.expires === undefined ? undefined : natural(json.expires, "expiry"),
        vault: bytesOfHex(json.vault, 16),
        packs,
        files,
    };
}

function readAddress(address) {
    const { protocol } = new URL(text(address, "address"));
    demand(protocol === "https:" || protocol === "http:", "an address is no web address");
    return address;
}

function readFile(json, packCount) {
    const file = {
        name: readName(json.name),
        size: natural(json.size, "size"),
        type: text(json.type ?? "application/octet-stream", "type"),
        modified: json.modified === undefined ? undefined : integer(json.modified, "time"),
        caption: text(json.caption ?? "", "caption"),
        width: natural(json.width ?? 0, "width"),
        height: natural(json.height ?? 0, "height"),
        thumbnail: json.thumbnail && readPicture(json.thumbnail, packCount),
        preview: json.preview && readPicture(json.preview, packCount),
        content: json.content?.map((reference) => readReference(reference, packCount)),
    };
    const size = file.content?.reduce((sum, reference) => sum + reference.size, 0);
    demand(size === undefined || size === file.size, "a file's parts do not add up");
    return file;
}

/** A name is one or more components joined with `/`, none of which can lead out of a folder. */
function readName(name) {
    const components = text(name, "name").split("/");
    const plain = (part) => part !== "" && part !== "." && part !== ".." && !/[\u0000-\u001f\u007f\\]/.test(part);
    demand(components.every(plain), "a name is not one");
    return name;
}

function readPicture(json, packCount) {
    return json.chunk === undefined
        ? { jpeg: bytesOfBase64(json.jpeg) }
        : { chunk: readReference(json.chunk, packCount) };
}

function readReference(json, packCount) {
    const reference = {
        pack: natural(json.pack, "reference"),
        offset: natural(json.offset, "reference"),
        length: natural(json.length, "reference"),
        key: bytesOfBase64(json.key),
        size: natural(json.size, "reference"),
        zstd: json.zstd === true,
    };
    const sealed = 24 + reference.size + 17 * Math.max(1, Math.ceil(reference.size / messageBytes));
    demand(
        reference.pack < packCount && reference.key.length === 32 && reference.size <= largestChunk &&
            reference.offset + reference.length <= largestPack && (reference.zstd || reference.length === sealed),
        "a reference is wrong",
    );
    return reference;
}

function demand(condition, what) {
    if (!condition) throw new Failure("malformed-share", what);
}

function integer(value, what) {
    demand(Number.isSafeInteger(value), `a ${what} is wrong`);
    return value;
}

function natural(value, what) {
    demand(integer(value, what) >= 0, `a ${what} is wrong`);
    return value;
}

function text(value, what) {
    demand(typeof value === "string", `a ${what} is wrong`);
    return value;
}
