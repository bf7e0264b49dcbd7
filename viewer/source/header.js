// What the page says of itself in plain: the share's id, where its manifest is, how a password is stretched.

import { bytesOfHex } from "./bytes.js";
import { Failure } from "./failure.js";

// Fewer passes would be a gift to who guesses; more memory would only stop the reader's device.
const leastMemory = 64 * 1024 * 1024;
const mostMemory = 1024 * 1024 * 1024;
const leastPasses = 2;
const mostWork = 4 * 1024 * 1024 * 1024;

export function readHeader(text) {
    let header;
    try {
        header = JSON.parse(text);
    } catch {
        throw new Failure("malformed-share", "its header is missing");
    }
    if (!(Number.isInteger(header.format) && header.format > 0)) {
        throw new Failure("malformed-share", "its header is wrong");
    }
    if (header.format > 1) throw new Failure("newer-share");
    if (header.manifest !== undefined && !/^[a-z0-9][a-z0-9._-]{0,127}$/.test(header.manifest)) {
        throw new Failure("malformed-share", "the place of its list is wrong");
    }
    return {
        id: bytesOfHex(header.id, 16),
        manifest: header.manifest,
        password: header.password === undefined ? undefined : readStretching(header.password),
    };
}

function readStretching({ kdf, passes, memory, check }) {
    const acceptable =
        kdf === "argon2id13" && Number.isInteger(passes) && Number.isInteger(memory) && passes >= leastPasses &&
        memory >= leastMemory && memory <= mostMemory && memory % 1024 === 0 && passes * memory <= mostWork;
    if (!acceptable) throw new Failure("malformed-share", "its password is protected too weakly, or beyond measure");
    return { passes, memory, check: bytesOfHex(check, 32) };
}
