// libsodium and libzstd, compiled to WebAssembly: what docs/SHARE-FORMAT.md calls open, subkey and stretch.

import { joined, utf8 } from "./bytes.js";
import { Failure } from "./failure.js";
import { wasmBinary } from "./wasm-binary.js";

export const role = { content: 1, manifest: 6 };
const formatVersion = 1;

export class Cipher {
    #module;
    #wasm;

    static async load() {
        if (typeof WebAssembly !== "object") throw new Failure("no-webassembly");
        const cipher = new Cipher();
        cipher.#module = await WebAssembly.compile(wasmBinary);
        cipher.#wasm = new WebAssembly.Instance(cipher.#module).exports;
        return cipher;
    }

    /** The plaintext of a sealed chunk of `owner` (a vault or a share) in that role; throws `damaged`. */
    open(sealed, key, owner, role) {
        return this.#borrow((wasm) => {
            const [from, keyAt, boundTo] = [sealed, key, Uint8Array.of(formatVersion, ...owner, role)].map(
                (bytes) => this.#put(wasm, bytes),
            );
            const to = this.#room(wasm, sealed.length);
            const size = wasm.open_sealed(to, from, sealed.length, keyAt, boundTo);
            if (size < 0) throw new Failure("damaged");
            return this.#take(wasm, to, size);
        });
    }

    /** What one Zstandard frame holds: exactly `size` bytes, or without it what the frame says, up to `limit`. */
    decompress(frame, size, limit = size) {
        return this.#borrow((wasm) => {
            const from = this.#put(wasm, frame);
            const wanted = size ?? wasm.frame_size(from, frame.length);
            if (wanted < 0 || wanted > limit) throw new Failure("damaged");
            const to = this.#room(wasm, wanted);
            if (wasm.decompress(to, wanted, from, frame.length) !== 0) throw new Failure("damaged");
            return this.#take(wasm, to, wanted);
        });
    }

    /** A key of 32 bytes for one purpose and one object. */
    subkey(key, purpose, object, suffix = new Uint8Array()) {
        const info = joined(utf8(`photobackup/1 ${purpose}\0`), object, new Uint8Array(8), suffix);
        return this.#borrow((wasm) => {
            const to = this.#room(wasm, 32);
            wasm.subkey(to, this.#put(wasm, key), this.#put(wasm, info), info.length);
            return this.#take(wasm, to, 32);
        });
    }

    /** 64 bytes from a password, in an instance of its own, whose hundreds of megabytes go when it goes. */
    stretch(password, salt, passes, memory) {
        const wasm = new WebAssembly.Instance(this.#module).exports;
        const to = this.#room(wasm, 64);
        const failed = wasm.stretch_password(
            to, this.#put(wasm, password), password.length, this.#put(wasm, salt), passes, memory,
        );
        if (failed) throw new Failure("out-of-memory");
        return this.#take(wasm, to, 64);
    }

    #borrow(work) {
        const mark = this.#wasm.mark();
        try {
            return work(this.#wasm);
        } finally {
            this.#wasm.release(mark);
        }
    }

    #room(wasm, size) {
        const at = wasm.allocate(size);
        if (at === 0) throw new Failure("out-of-memory");
        return at;
    }

    #put(wasm, bytes) {
        const at = this.#room(wasm, bytes.length);
        new Uint8Array(wasm.memory.buffer).set(bytes, at);
        return at;
    }

    #take(wasm, at, size) {
        return new Uint8Array(wasm.memory.buffer).slice(at, at + size);
    }
}
