// A ZIP archive as a stream (APPNOTE 6.3.10): photos do not shrink, so they are stored as they are; their
// checksums follow them, so nothing is read twice; ZIP64 records appear where a number needs them.

import { joined, utf8 } from "./bytes.js";
import { crc32 } from "./crc32.js";

const most32 = 0xffffffff;
const most16 = 0xffff;
const flags = 0x0808; // sizes and checksum follow the content; names are UTF-8
const unixFile = 0o100644 * 0x10000;

/** Yields the archive of `files`, whose content `contentOf(file)` yields. */
export async function* zipOf(files, contentOf) {
    const records = [];
    let at = 0;
    for (const file of files) {
        const record = { file, offset: at, name: utf8(file.name), crc: 0 };
        const opening = localHeader(record);
        yield opening;
        for await (const part of contentOf(file)) {
            record.crc = crc32(record.crc, part);
            yield part;
        }
        const closing = descriptor(record);
        yield closing;
        at += opening.length + file.size + closing.length;
        records.push(record);
    }
    const directory = records.map(directoryRecord);
    yield* directory;
    yield endOfDirectory(records.length, at, lengthOf(directory));
}

/** How long the archive will be, which is known before its content is. */
export function zipSize(files) {
    const records = [];
    let at = 0;
    for (const file of files) {
        const record = { file, offset: at, name: utf8(file.name), crc: 0 };
        at += localHeader(record).length + file.size + descriptor(record).length;
        records.push(record);
    }
    const directory = lengthOf(records.map(directoryRecord));
    return at + directory + endOfDirectory(records.length, at, directory).length;
}

const lengthOf = (parts) => parts.reduce((sum, part) => sum + part.length, 0);

const u16 = (value) => Uint8Array.of(value & 255, (value >>> 8) & 255);
const u32 = (value) => joined(u16(value % 0x10000), u16(Math.floor(value / 0x10000)));
const u64 = (value) => joined(u32(value % 0x100000000), u32(Math.floor(value / 0x100000000)));

function localHeader({ file, name }) {
    const large = file.size >= most32;
    const extra = joined(large ? zip64Extra(0, 0) : new Uint8Array(), timeExtra(file));
    const sizes = large ? joined(u32(most32), u32(most32)) : joined(u32(0), u32(0));
    return joined(
        u32(0x04034b50), u16(large ? 45 : 20), u16(flags), u16(0), dosTime(file), u32(0), sizes,
        u16(name.length), u16(extra.length), name, extra,
    );
}

function descriptor({ file, crc }) {
    const size = file.size >= most32 ? u64(file.size) : u32(file.size);
    return joined(u32(0x08074b50), u32(crc), size, size);
}

function directoryRecord({ file, name, crc, offset }) {
    const large = file.size >= most32;
    const far = offset >= most32;
    const wide = [...(large ? [file.size, file.size] : []), ...(far ? [offset] : [])];
    const extra = joined(wide.length > 0 ? zip64Extra(...wide) : new Uint8Array(), timeExtra(file));
    const size = u32(large ? most32 : file.size);
    return joined(
        u32(0x02014b50), u16(0x0300 | 45), u16(wide.length > 0 ? 45 : 20), u16(flags), u16(0), dosTime(file), u32(crc),
        size, size, u16(name.length), u16(extra.length), u16(0), u16(0), u16(0), u32(unixFile),
        u32(far ? most32 : offset), name, extra,
    );
}

function endOfDirectory(count, offset, size) {
    const end = joined(
        u32(0x06054b50), u16(0), u16(0), u16(Math.min(count, most16)), u16(Math.min(count, most16)),
        u32(Math.min(size, most32)), u32(Math.min(offset, most32)), u16(0),
    );
    if (count < most16 && offset < most32 && size < most32) return end;
    const end64 = joined(
        u32(0x06064b50), u64(44), u16(0x0300 | 45), u16(45), u32(0), u32(0), u64(count), u64(count), u64(size),
        u64(offset),
    );
    return joined(end64, u32(0x07064b50), u32(0), u64(offset + size), u32(1), end);
}

function zip64Extra(...values) {
    return joined(u16(1), u16(8 * values.length), ...values.map(u64));
}

/** The time as seconds since 1970, which unlike the old field knows no time zones; left out where it does not fit. */
function timeExtra({ modified }) {
    if (modified === undefined || modified < 0 || modified > 0x7fffffff) return new Uint8Array();
    return joined(u16(0x5455), u16(5), Uint8Array.of(1), u32(modified));
}

function dosTime({ modified = 0 }) {
    const earliest = Date.UTC(1980, 0, 1);
    const latest = Date.UTC(2107, 11, 31, 23, 59, 58);
    const date = new Date(Math.min(Math.max(modified * 1000, earliest), latest));
    const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
    const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
    return joined(u16(time), u16(day));
}
