// Downloading one file as it is, or all as one archive.

import { failureOf, isCancelled } from "./failure.js";
import { destinationOf } from "./saving.js";
import { lastName, shownName, shownText, sizeInWords } from "./wording.js";
import { zipOf, zipSize } from "./zip.js";

export class Downloads {
    #contents;
    #transfer;
    #onDamaged;
    #damaged = new Set();

    constructor(contents, transfer, onDamaged) {
        this.#contents = contents;
        this.#transfer = transfer;
        this.#onDamaged = onDamaged;
    }

    markDamaged(file) {
        this.#damaged.add(file);
    }

    one(file) {
        const name = lastName(file);
        const parts = (signal) => this.#content(file, signal);
        return this.#save(`Downloading ${shownName(file)}…`, name, file.type, file.size, parts);
    }

    /** All files but those that are known to be damaged, which the closing words tell. */
    all(files, title) {
        const whole = files.filter((file) => file.content && !this.#damaged.has(file));
        const size = zipSize(whole);
        const archive = `${title.replace(/[\u0000-\u001f\u007f"*/:<>?\\|]/g, "-").trim() || "photos"}.zip`;
        const label = `Downloading ${whole.length} files, ${sizeInWords(size)}…`;
        const left = files.filter((file) => this.#damaged.has(file)).map(shownName);
        const note = left.length > 0 ? ` Damaged, and left out: ${left.join(", ")}.` : "";
        const parts = (signal) => zipOf(whole, (file) => this.#content(file, signal));
        return this.#save(label, archive, "application/zip", size, parts, note);
    }

    async #save(label, name, type, size, partsOf, note = "") {
        if (this.#transfer.isRunning) return;
        let save;
        try {
            save = await destinationOf(name, type, size);
        } catch (error) {
            if (isCancelled(error)) return;
            throw error;
        }
        await this.#transfer.run(label, size, async (signal, advance) => {
            await save(counted(partsOf(signal), advance));
            return `Saved ${shownText(name)}.${note}`;
        });
    }

    async *#content(file, signal) {
        try {
            yield* this.#contents.of(file, signal);
        } catch (error) {
            if (error.kind === "damaged") this.#onDamaged(file);
            throw failureOf(error, shownName(file));
        }
    }
}

async function* counted(parts, advance) {
    for await (const part of parts) {
        yield part;
        advance(part.length);
    }
}
