// What a browser can show of a file, as addresses of blobs.

const shownAsPicture = /^image\/(jpeg|png|gif|webp|avif|bmp)$/;
const shownBySome = /^image\/hei[cf]$/; // what iPhones take and only Safari shows
const shownAsVideo = /^video\/(mp4|webm|quicktime)$/;
const largestShown = 256 * 1024 * 1024;
const largeOnesKept = 5;

export class Pictures {
    #contents;
    #large = new Map();

    constructor(contents) {
        this.#contents = contents;
    }

    /** The address of a file's thumbnail; undefined where it has none. */
    async thumbnail(file) {
        return file.thumbnail && this.#stored(file.thumbnail, file.name);
    }

    /**
     * The largest that can be shown of a file: `{ kind: "picture" | "video", address }`, or undefined.
     * Addresses of the last few are kept, so that going back and forth loads nothing twice.
     */
    large(file) {
        const loading = this.#large.get(file) ?? this.#loadLarge(file);
        this.#large.delete(file);
        this.#large.set(file, loading);
        loading.catch(() => this.#large.delete(file));
        for (const [other, shown] of this.#large) {
            if (this.#large.size <= largeOnesKept) break;
            this.#large.delete(other);
            shown.then((old) => old && URL.revokeObjectURL(old.address), () => {});
        }
        return loading;
    }

    async #loadLarge(file) {
        const small = file.content && file.size > 0 && file.size <= largestShown;
        const isPicture = shownAsPicture.test(file.type) || (!file.preview && shownBySome.test(file.type));
        if (small && isPicture) return { kind: "picture", address: await this.#original(file) };
        if (small && shownAsVideo.test(file.type)) return { kind: "video", address: await this.#original(file) };
        const lesser = file.preview ?? file.thumbnail;
        return lesser && { kind: "picture", address: await this.#stored(lesser, file.name) };
    }

    async #original(file) {
        return URL.createObjectURL(await this.#contents.blob(file));
    }

    async #stored(picture, name) {
        const jpeg = picture.jpeg ?? (await this.#contents.chunk(picture.chunk, name));
        return URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" }));
    }
}
