// The bar at the foot of the page that tells how a download goes. One download at a time.

import { part } from "./page.js";

export class Transfer {
    #bar = part("transfer");
    #label = part("transfer-label");
    #progress = part("transfer-progress");
    #button = part("transfer-end");
    #stop;

    constructor() {
        this.#button.addEventListener("click", () => (this.#stop ? this.#stop.abort() : (this.#bar.hidden = true)));
    }

    /** Whoever covers the page carries the bar: what is outside of an open dialog cannot be reached. */
    moveTo(place) {
        place.append(this.#bar);
    }

    get isRunning() {
        return this.#stop !== undefined;
    }

    /** Runs `work(signal, advance)`, which calls `advance(byteCount)`; shows the text that it gives, or its failure. */
    async run(label, size, work) {
        this.#stop = new AbortController();
        this.#bar.hidden = false;
        this.#say(label, "Cancel");
        this.#progress.hidden = false;
        this.#progress.value = 0;
        let sent = 0;
        const advance = (count) => {
            sent += count;
            this.#progress.value = size === 0 ? 1 : sent / size;
        };
        try {
            this.#say(await work(this.#stop.signal, advance), "Close");
        } catch (error) {
            const cancelled = this.#stop.signal.aborted;
            this.#say(cancelled ? "Cancelled." : error.message, "Close", !cancelled);
        } finally {
            this.#progress.hidden = true;
            this.#stop = undefined;
        }
    }

    #say(text, button, alarm = false) {
        this.#bar.classList.toggle("alarm", alarm);
        this.#label.textContent = text;
        this.#button.textContent = button;
    }
}
