// The plaintext of files, chunk by chunk and in order, with a few chunks on their way at a time.

import { role } from "./cipher.js";
import { failureOf } from "./failure.js";

const chunksAhead = 4;

export class Contents {
    #cipher;
    #packs;
    #vault;

    constructor(cipher, packs, { vault }) {
        this.#cipher = cipher;
        this.#packs = packs;
        this.#vault = vault;
    }

    /** Yields a file's content; at most five chunks of 4 MiB are in memory. Throws at the first damaged one. */
    async *of(file, signal) {
        const given = new AbortController(); // so that leaving the loop early stops what is on its way
        const stop = signal ? AbortSignal.any([signal, given.signal]) : given.signal;
        const coming = [];
        let next = 0;
        const begin = () => {
            if (next === file.content.length) return;
            const chunk = this.chunk(file.content[next++], file.name, stop);
            chunk.catch(() => {}); // told where it is awaited
            coming.push(chunk);
        };
        try {
            for (let ahead = 0; ahead < chunksAhead; ahead += 1) begin();
            while (coming.length > 0) {
                const chunk = await coming.shift();
                begin();
                yield chunk;
            }
        } finally {
            given.abort();
        }
    }

    /** One opened chunk; `name` is told when it is damaged. */
    async chunk(reference, name, signal) {
        try {
            const sealed = await this.#packs.read(reference, signal);
            const opened = this.#cipher.open(sealed, reference.key, this.#vault, role.content);
            return reference.zstd ? this.#cipher.decompress(opened, reference.size) : opened;
        } catch (error) {
            throw failureOf(error, name);
        }
    }

    async blob(file) {
        const parts = [];
        for await (const part of this.of(file)) parts.push(part);
        return new Blob(parts, { type: file.type });
    }
}
