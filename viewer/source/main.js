// From the link to the gallery.

import { bytesOfBase64 } from "./bytes.js";
import { Cipher } from "./cipher.js";
import { Contents } from "./content.js";
import { Downloads } from "./downloads.js";
import { Failure } from "./failure.js";
import { Gallery } from "./gallery.js";
import { readHeader } from "./header.js";
import { secretOf, shareKey, shareKeyWithPassword } from "./keys.js";
import { LargeView } from "./large-view.js";
import { openManifest } from "./manifest.js";
import { fetchManifest, Packs } from "./packs.js";
import { part, showNotice } from "./page.js";
import { askPassword } from "./password.js";
import { Pictures } from "./pictures.js";
import { Transfer } from "./transfer.js";
import { countInWords, dateInWords, shownText, sizeInWords } from "./wording.js";

async function openShare() {
    const secret = secretOf(location.hash);
    const header = readHeader(part("share-header").textContent);
    const cipher = await Cipher.load();
    const sealed = header.manifest
        ? await fetchManifest(header.manifest)
        : bytesOfBase64(part("share-manifest").textContent.trim());
    const key = header.password
        ? await askPassword((password) => shareKeyWithPassword(cipher, secret, header, password))
        : shareKey(cipher, secret, header);
    const manifest = openManifest(cipher, sealed, key, header.id);
    show(manifest, new Contents(cipher, new Packs(manifest), manifest));
}

function show({ title, expires, files }, contents) {
    const pictures = new Pictures(contents);
    const transfer = new Transfer();
    const damaged = (file) => {
        gallery.markDamaged(file);
        downloads.markDamaged(file);
    };
    const downloads = new Downloads(contents, transfer, damaged);
    const large = new LargeView(files, pictures, {
        opened: () => transfer.moveTo(part("large")),
        closed: (file) => {
            transfer.moveTo(document.body);
            gallery.focus(file);
        },
        download: (file) => file.content && downloads.one(file),
        damaged,
    });
    const gallery = new Gallery(files, pictures, (index) => large.open(index));
    introduce(title, expires, files, downloads);
    showNotice(undefined);
}

function introduce(title, expires, files, downloads) {
    const originals = files.filter((file) => file.content);
    const size = sizeInWords(originals.reduce((sum, file) => sum + file.size, 0));
    const facts = [countInWords(files), originals.length > 0 ? size : "previews only"];
    if (expires !== undefined) {
        facts.push(`${expires > Date.now() / 1000 ? "until" : "expired on"} ${dateInWords(expires)}`);
    }
    part("summary").textContent = facts.join(" · ");
    if (title) document.title = part("title").textContent = shownText(title);
    const all = part("download-all");
    all.hidden = originals.length === 0;
    all.addEventListener("click", () => downloads.all(files, title));
}

function fail(error) {
    part("failure").textContent = error instanceof Failure ? error.message : `This page failed: ${error.message}`;
    showNotice("failure");
}

showNotice("opening");
window.addEventListener("hashchange", () => location.reload()); // another link, pasted over this one
openShare().catch(fail);
