// Saving what is decrypted as a file, without holding it in memory.
//
// A large file goes straight to disk where the browser has a file picker (Chromium and its kin). Else it becomes
// a blob that the browser itself fills from the stream: Chromium and Firefox keep a large blob in a temporary file.
// A service worker would need a second file at the page's address and an origin shared with nobody.

import { Failure, isCancelled } from "./failure.js";

const savedAsBlob = 64 * 1024 * 1024;

/** Asks where a large file goes; must be called from a click. The result takes the parts, once. */
export async function destinationOf(name, type, size) {
    if (size > savedAsBlob && "showSaveFilePicker" in window) {
        try {
            const handle = await window.showSaveFilePicker({ suggestedName: name });
            return (parts) => saveToDisk(handle, parts);
        } catch (error) {
            if (isCancelled(error)) throw error; // any other reason: the way that always works
        }
    }
    return (parts) => saveAsBlob(name, type, parts);
}

async function saveToDisk(handle, parts) {
    const writable = await handle.createWritable();
    try {
        for await (const part of parts) await writable.write(part);
        await writable.close(); // only now does the file change
    } catch (error) {
        await writable.abort();
        if ((await handle.getFile()).size === 0) await handle.remove?.(); // the empty one that the picker made
        throw known(error);
    }
}

async function saveAsBlob(name, type, parts) {
    let failure;
    const stream = new ReadableStream({
        async pull(controller) {
            try {
                const { value, done } = await parts.next();
                if (done) controller.close();
                else controller.enqueue(value);
            } catch (error) {
                failure = error;
                controller.error(error);
            }
        },
    });
    let blob;
    try {
        blob = await new Response(stream, { headers: { "Content-Type": type } }).blob();
    } catch (error) {
        throw known(failure ?? error);
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser has begun to copy it long before
}

function known(error) {
    return error instanceof Failure || isCancelled(error) ? error : new Failure("not-saved", error.message);
}
