// Numbers, sizes and dates as people read them.

export function sizeInWords(bytes) {
    const units = ["bytes", "KB", "MB", "GB", "TB"];
    const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
    const value = bytes / 1000 ** power;
    return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

export function countInWords(files) {
    const photos = files.every((file) => file.type.startsWith("image/"));
    return `${files.length} ${photos ? "photo" : "file"}${files.length === 1 ? "" : "s"}`;
}

export function dateInWords(seconds) {
    return new Intl.DateTimeFormat("en-GB", { dateStyle: "long" }).format(new Date(seconds * 1000));
}

/** The last component of a name. */
export function lastName(file) {
    return file.name.slice(file.name.lastIndexOf("/") + 1);
}

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]/gu;
const turning = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The last component of a name as it is shown: what nobody would see could let it pass for another. */
export function shownName(file) {
    return lastName(file).replace(invisible, escapeOf);
}

/** What a person wrote, as it is shown: nothing in it turns round what stands beside it. */
export function shownText(text) {
    return text.replace(turning, (character) => (character === "\n" ? character : escapeOf(character)));
}

function escapeOf(character) {
    return `\\u{${character.codePointAt(0).toString(16)}}`;
}
