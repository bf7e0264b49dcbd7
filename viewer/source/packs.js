// Reading parts of packs from where they are stored, over plain HTTP ranges.

import { joined } from "./bytes.js";
import { Failure } from "./failure.js";
import { largestPack } from "./format.js";
import { Lanes } from "./lanes.js";

const requestsAtOnce = 6;
const attempts = 3;
const wholePacksKept = 2;

// Nothing but the address and the range: no cookie, no referrer, no copy in the browser's cache.
const plainly = { credentials: "omit", referrerPolicy: "no-referrer", redirect: "error", cache: "no-store" };

export class Packs {
    #addresses;
    #expires;
    #lanes = new Lanes(requestsAtOnce);
    #rangesIgnored = false;
    #whole = new Map();

    constructor({ packs, expires }) {
        this.#addresses = packs;
        this.#expires = expires;
    }

    /** The sealed bytes of a reference: of the right length, and nothing else is known of them. */
    async read({ pack, offset, length }, signal) {
        if (!this.#rangesIgnored) {
            const range = `bytes=${offset}-${offset + length - 1}`;
            const bytes = await this.#request(this.#addresses[pack], range, length, signal);
            if (bytes) return bytes;
            this.#rangesIgnored = true;
        }
        const whole = await this.#wholePack(pack);
        if (whole.length < offset + length) throw new Failure("damaged");
        return whole.slice(offset, offset + length);
    }

    /** A pack as a whole, from a server that does not know ranges; the last ones are kept for their other parts. */
    #wholePack(pack) {
        const reading = this.#whole.get(pack) ?? this.#request(this.#addresses[pack]);
        this.#whole.delete(pack);
        this.#whole.set(pack, reading);
        if (this.#whole.size > wholePacksKept) this.#whole.delete(this.#whole.keys().next().value);
        reading.catch(() => this.#whole.delete(pack));
        return reading;
    }

    /** The bytes of a range, or undefined if the server would send all; without a range, all. */
    #request(address, range, length, signal) {
        return this.#lanes.run(async () => {
            for (let attempt = 1; ; attempt += 1) {
                try {
                    const headers = range ? { Range: range } : {};
                    const answer = await fetch(address, { ...plainly, signal, headers });
                    return await this.#bodyOf(answer, range, length);
                } catch (error) {
                    if (error instanceof Failure && error.kind !== "unreachable") throw error;
                    signal?.throwIfAborted();
                    if (attempt === attempts) throw this.#unreachable();
                }
                await new Promise((proceed) => setTimeout(proceed, 400 * attempt ** 2 * (0.5 + Math.random())));
            }
        });
    }

    async #bodyOf(answer, range, length) {
        const { status } = answer;
        if (status === 200 && range) {
            await answer.body.cancel();
            return undefined;
        }
        if (status === 200) return await collected(answer.body, largestPack);
        if (status === 206) {
            const bytes = await collected(answer.body, length);
            if (bytes.length !== length) throw new Failure("damaged");
            return bytes;
        }
        if (status === 416) throw new Failure("damaged");
        if (status === 404 || status === 410) throw new Failure("ended");
        if (status === 408 || status === 429 || status >= 500) throw new Failure("unreachable");
        throw new Failure("expired");
    }

    /** A provider that refuses without CORS headers looks like no provider at all: then the clock decides. */
    #unreachable() {
        return new Failure(this.#expires !== undefined && Date.now() / 1000 > this.#expires ? "expired" : "unreachable");
    }
}

/** A body of at most `limit` bytes. */
async function collected(body, limit) {
    const reader = body.getReader();
    const parts = [];
    for (let left = limit; ; ) {
        const { value, done } = await reader.read();
        if (done) return joined(...parts);
        left -= value.length;
        if (left < 0) {
            await reader.cancel();
            throw new Failure("damaged");
        }
        parts.push(value);
    }
}

/** The sealed manifest that lies beside the page. */
export async function fetchManifest(name) {
    let answer;
    try {
        answer = await fetch(new URL(name, document.baseURI), plainly);
    } catch {
        throw new Failure("unreachable");
    }
    if ([403, 404, 410].includes(answer.status)) throw new Failure("ended");
    if (answer.status !== 200) throw new Failure("unreachable");
    return new Uint8Array(await answer.arrayBuffer());
}
