// The CRC-32 of ZIP (ISO 3309), four bytes a step.

const tables = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    tables[0][byte] = value;
}
for (let byte = 0; byte < 256; byte += 1) {
    for (let table = 1; table < 4; table += 1) {
        const before = tables[table - 1][byte];
        tables[table][byte] = (before >>> 8) ^ tables[0][before & 255];
    }
}

/** Continues a CRC over more bytes; it begins with 0. */
export function crc32(crc, bytes) {
    const [first, second, third, fourth] = tables;
    let value = ~crc;
    let at = 0;
    for (const end = bytes.length - 3; at < end; at += 4) {
        value ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
        value =
            fourth[value & 255] ^ third[(value >>> 8) & 255] ^ second[(value >>> 16) & 255] ^ first[value >>> 24];
    }
    for (; at < bytes.length; at += 1) value = first[(value ^ bytes[at]) & 255] ^ (value >>> 8);
    return ~value >>> 0;
}
