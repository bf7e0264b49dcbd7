// Asking for the password, until it is right.

import { Failure } from "./failure.js";
import { part, showNotice } from "./page.js";

/** Gives what `tryPassword(password)` gives for the first password that is not wrong. */
export function askPassword(tryPassword) {
    const [form, field, message] = [part("password-form"), part("password"), part("password-message")];
    const button = form.querySelector("button");
    showNotice("password-form");
    field.focus();
    return new Promise((resolve, reject) => {
        form.addEventListener("submit", async (event) => {
            event.preventDefault();
            message.classList.remove("alarm");
            message.textContent = "Checking…";
            button.disabled = true;
            await painted(); // the check keeps the page busy for a moment
            try {
                resolve(tryPassword(field.value));
                field.value = "";
            } catch (error) {
                if (!(error instanceof Failure) || error.kind !== "wrong-password") return reject(error);
                message.classList.add("alarm");
                message.textContent = error.message;
                field.setAttribute("aria-invalid", "true");
                field.select();
                field.focus();
            }
            button.disabled = false;
        });
    });
}

function painted() {
    return new Promise((proceed) => requestAnimationFrame(() => setTimeout(proceed)));
}
