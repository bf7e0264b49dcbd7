// The parts of the page, and making new ones. Text goes in as text: no string is ever read as HTML.

export const part = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
}

/** Shows one of the notices in the middle of the page, or none. */
export function showNotice(id) {
    for (const notice of ["opening", "failure", "password-form"]) part(notice).hidden = notice !== id;
}
