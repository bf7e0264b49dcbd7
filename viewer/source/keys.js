// From the link's fragment, and the password if there is one, to the share key.

import { bytesOfBase64, equal, utf8 } from "./bytes.js";
import { Failure } from "./failure.js";

/** The 32 secret bytes of a fragment: base64url of the version byte 1 and those. */
export function secretOf(fragment) {
    const text = fragment.replace(/^#/, "");
    if (!/^[A-Za-z0-9_-]{44}$/.test(text)) throw new Failure("incomplete-link");
    const bytes = bytesOfBase64(text);
    if (bytes[0] !== 1) throw new Failure("newer-share");
    return bytes.slice(1);
}

export function shareKey(cipher, secret, header) {
    return cipher.subkey(secret, "share", header.id);
}

/** The key of a share with a password. The secret salts the password, so neither is worth anything alone. */
export function shareKeyWithPassword(cipher, secret, header, password) {
    const { passes, memory, check } = header.password;
    const salt = cipher.subkey(secret, "share-salt", header.id).slice(0, 16);
    const stretched = cipher.stretch(utf8(password.normalize("NFC")), salt, passes, memory);
    if (!equal(stretched.slice(32), check)) throw new Failure("wrong-password");
    return cipher.subkey(secret, "share-with-password", header.id, stretched.slice(0, 32));
}
