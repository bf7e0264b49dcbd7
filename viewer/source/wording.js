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
