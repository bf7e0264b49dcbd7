// Bytes and their spellings.

import { Failure } from "./failure.js";

export const utf8 = (text) => new TextEncoder().encode(text);

/** Decodes base64url without padding; anything else is refused. */
export function bytesOfBase64(text) {
    if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text)) throw new Failure("malformed-share", "a bad field");
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
    return bytes;
}

/** Decodes lower-case hexadecimal digits that spell exactly `count` bytes. */
export function bytesOfHex(text, count) {
    if (typeof text !== "string" || text.length !== 2 * count || !/^[0-9a-f]*$/.test(text)) {
        throw new Failure("malformed-share", "a bad field");
    }
    return Uint8Array.from({ length: count }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

export function joined(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return whole;
}

export function equal(one, other) {
    return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
