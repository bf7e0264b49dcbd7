// One picture on the whole screen, and the way to the next: by keys, buttons or a swipe.

import { element, part } from "./page.js";
import { shownName, shownText } from "./wording.js";

const swipeLength = 48;

export class LargeView {
    #files;
    #pictures;
    #on;
    #index = 0;
    #dialog = part("large");

    /** `on` has `opened()`, `closed(file)`, `download(file)` and `damaged(file)`. */
    constructor(files, pictures, on) {
        this.#files = files;
        this.#pictures = pictures;
        this.#on = on;
        part("large-previous").addEventListener("click", () => this.#show(this.#index - 1));
        part("large-next").addEventListener("click", () => this.#show(this.#index + 1));
        part("large-close").addEventListener("click", () => this.#dialog.close());
        part("large-download").addEventListener("click", () => on.download(this.#files[this.#index]));
        this.#dialog.addEventListener("close", () => this.#closed());
        this.#dialog.addEventListener("keydown", (event) => this.#key(event));
        this.#listenForSwipes(part("large-stage"));
    }

    open(index) {
        this.#dialog.showModal();
        this.#on.opened();
        this.#show(index);
    }

    #closed() {
        part("large-stage").replaceChildren();
        this.#on.closed(this.#files[this.#index]);
    }

    #key(event) {
        if (event.altKey || event.ctrlKey || event.metaKey || event.target.tagName === "VIDEO") return;
        const steps = {
            ArrowLeft: this.#index - 1, ArrowRight: this.#index + 1, Home: 0, End: this.#files.length - 1,
        };
        if (event.key in steps) this.#show(steps[event.key]);
        else if (event.key === "d" || event.key === "D") this.#on.download(this.#files[this.#index]);
        else return;
        event.preventDefault();
    }

    #listenForSwipes(stage) {
        let start;
        stage.addEventListener("touchstart", (event) => {
            start = event.touches.length === 1 && !(window.visualViewport?.scale > 1.05) ? event.touches[0] : undefined;
        }, { passive: true });
        stage.addEventListener("touchend", (event) => {
            if (!start) return;
            const end = event.changedTouches[0];
            const [across, down] = [end.clientX - start.clientX, end.clientY - start.clientY];
            start = undefined;
            if (Math.abs(across) > swipeLength && Math.abs(across) > 2 * Math.abs(down)) {
                this.#show(this.#index - Math.sign(across));
            }
        }, { passive: true });
    }

    async #show(index) {
        if (index < 0 || index >= this.#files.length) return;
        this.#index = index;
        const file = this.#files[index];
        const stage = part("large-stage");
        part("large-place").textContent = `${index + 1} of ${this.#files.length} · ${shownName(file)}`;
        part("large-caption").textContent = shownText(file.caption);
        part("large-previous").disabled = index === 0;
        part("large-next").disabled = index === this.#files.length - 1;
        part("large-download").hidden = file.content === undefined;
        if (document.activeElement.disabled) part("large-close").focus(); // the step that led to the end

        stage.replaceChildren(...(await this.#whileLoading(file)));
        const shown = await this.#loaded(file);
        if (this.#index !== index || !this.#dialog.open) return; // a person is faster than the network
        stage.replaceChildren(shown);
        this.#loadNeighbours(index);
    }

    /** The thumbnail, out of focus, until the picture is there. */
    async #whileLoading(file) {
        const small = file.thumbnail?.jpeg && (await this.#pictures.thumbnail(file));
        if (!small) return [message("Loading…")];
        const image = element("img", { className: "waiting", alt: "", src: small });
        image.addEventListener("load", () => URL.revokeObjectURL(small), { once: true });
        return [image];
    }

    async #loaded(file) {
        try {
            const large = await this.#pictures.large(file);
            if (!large) return message(`${shownName(file)} cannot be shown here. It can be downloaded.`);
            return await visible(large, file);
        } catch (error) {
            if (error.kind === "damaged") this.#on.damaged(file);
            return message(error.message, true);
        }
    }

    #loadNeighbours(index) {
        for (const neighbour of [this.#files[index + 1], this.#files[index - 1]]) {
            const heavy = !neighbour || !neighbour.type.startsWith("image/") || neighbour.size > 32_000_000;
            if (!heavy) this.#pictures.large(neighbour).catch(() => {}); // told when it is its turn
        }
    }
}

function message(text, alarm = false) {
    return element("p", { className: alarm ? "message alarm" : "message", role: alarm ? "alert" : "status" }, text);
}

/** The picture, decoded and ready; or words, where the browser cannot read this kind or the original is no picture. */
async function visible({ kind, address }, file) {
    if (kind === "video") {
        return element("video", { src: address, controls: true, ariaLabel: shownText(file.caption) || shownName(file) });
    }
    const image = element("img", { src: address, alt: shownText(file.caption) || shownName(file) });
    try {
        await image.decode();
        return image;
    } catch {
        return message(`${shownName(file)} is whole, but this browser cannot show it. It can be downloaded.`);
    }
}
