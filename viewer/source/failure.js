// Everything that can go wrong, in words for the person in front of the screen.

const messages = {
    "incomplete-link": () =>
        "This link is not complete: the part after the # is missing or was cut off. Ask for the whole link again.",
    "newer-share": () => "This share needs a newer viewer than this page has. Ask the sender for a new link.",
    "malformed-share": (what) => `This share cannot be read: ${what}. Ask the sender for a new link.`,
    "not-opened": () =>
        "This link does not open this share. The link was changed on its way to you, or the stored share was. " +
        "Ask for the link again.",
    "no-webassembly": () =>
        "This browser does not run WebAssembly, which is needed to decrypt the photos here. Some protection modes " +
        "switch it off; open the link in another browser, or allow it for this page.",
    "out-of-memory": () => "There is not enough memory on this device to open the share. Try it on another one.",
    "wrong-password": () => "That password is not right.",
    "expired": () =>
        "This link has expired. If this page has been open for days, reload it; else ask the sender for a new link.",
    "ended": () => "These photos are no longer shared. Ask the sender for a new link.",
    "unreachable": () => "The photos cannot be reached right now. Check your connection and try again.",
    "damaged": (name) =>
        `${name ? `“${name}”` : "A part of this share"} is damaged where it is stored. ` +
        "Tell the sender, who may have it whole elsewhere.",
    "not-saved": (why) => `The file could not be saved: ${why}`,
};

export class Failure extends Error {
    /** `kind` is a name from the table above; `detail` is what its sentence tells about. */
    constructor(kind, detail = "") {
        super(messages[kind](detail));
        this.kind = kind;
    }
}

/** The same failure, telling which file it struck. */
export function failureOf(error, name) {
    return error.kind === "damaged" ? new Failure("damaged", name) : error;
}

/** Whether a person called it off, which is no failure. */
export function isCancelled(error) {
    return error.name === "AbortError";
}
