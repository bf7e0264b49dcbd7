// The gallery: a tile for each file, whose thumbnail is opened when it comes near.

import { element, part } from "./page.js";
import { shownName, shownText } from "./wording.js";

const usualRatio = 3 / 2;

export class Gallery {
    #pictures;
    #tiles = new Map();
    #nearby;

    /** `opened(index)` is called for the tile that a person chooses. */
    constructor(files, pictures, opened) {
        this.#pictures = pictures;
        this.#nearby = new IntersectionObserver((changes) => this.#load(changes), { rootMargin: "800px 0px" });
        const list = part("gallery");
        files.forEach((file, index) => {
            const button = element("button", { type: "button" });
            button.addEventListener("click", () => opened(index));
            const ratio = file.width && file.height ? file.width / file.height : usualRatio;
            const tile = element("li", {}, button);
            tile.style.setProperty("--ratio", Math.min(Math.max(ratio, 0.4), 3.5).toFixed(3));
            this.#tiles.set(file, button);
            if (file.thumbnail) {
                button.setAttribute("aria-label", describe(file));
                tile.file = file;
                this.#nearby.observe(tile);
            } else {
                showCard(button, file);
            }
            if (file.type.startsWith("video/")) button.append(element("span", { className: "mark" }, "Video"));
            list.append(tile);
        });
        list.hidden = false;
    }

    focus(file) {
        this.#tiles.get(file).focus();
    }

    markDamaged(file) {
        const button = this.#tiles.get(file);
        button.querySelector(".mark")?.remove();
        button.append(element("span", { className: "mark alarm" }, "Damaged"));
        button.setAttribute("aria-label", `${describe(file)}, damaged`);
    }

    #load(changes) {
        for (const { target, isIntersecting } of changes) {
            if (!isIntersecting) continue;
            this.#nearby.unobserve(target);
            this.#show(target.file);
        }
    }

    async #show(file) {
        const button = this.#tiles.get(file);
        try {
            const image = element("img", { alt: "", src: await this.#pictures.thumbnail(file) });
            image.addEventListener("error", () => image.replaceWith(card(file)));
            button.prepend(image);
        } catch (error) {
            button.prepend(card(file));
            if (error.kind === "damaged") this.markDamaged(file);
        }
    }
}

function describe(file) {
    return file.caption ? `${shownText(file.caption)} (${shownName(file)})` : shownName(file);
}

function showCard(button, file) {
    button.setAttribute("aria-label", describe(file));
    button.append(card(file));
}

function card(file) {
    const name = shownName(file);
    const kind = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toUpperCase() : "FILE";
    const lines = [element("span", { className: "kind" }, kind), element("span", {}, name)];
    return element("span", { className: "card" }, ...lines);
}
