#!/usr/bin/env python3
"""Assembles viewer.html from source/ and wasm/viewer.wasm: one page that needs nothing else.

    viewer/build.py            writes viewer/viewer.html
    viewer/build.py --check    fails unless it is what its sources give

Three places stay open for who makes a share; docs/SHARE-FORMAT.md says what goes into them.
"""

import base64
import hashlib
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "source"
PAGE = HERE / "viewer.html"
PLACES = ("@ORIGINS@", "@HEADER@", "@MANIFEST@")

IMPORT = re.compile(r'^import \{ (?P<names>[^}]+) \} from "\./(?P<module>[a-z0-9-]+)\.js";\n', re.MULTILINE)
DECLARED = re.compile(r"^(export )?(?:async )?(?:const|let|class|function\*?) ([A-Za-z0-9_]+)", re.MULTILINE)
# Chromium asks for 'wasm-unsafe-eval'; it lets WebAssembly be compiled, and no JavaScript from strings.
POLICY = (
    "default-src 'none'; script-src '{script}' 'wasm-unsafe-eval'; style-src '{style}'; img-src blob:; "
    "media-src blob:; connect-src {origins}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def module_text(name: str) -> str:
    if name == "wasm-binary":
        binary = base64.b64encode((HERE / "wasm/viewer.wasm").read_bytes()).decode()
        return f'export const wasmBinary = Uint8Array.from(atob("{binary}"), (byte) => byte.charCodeAt(0));\n'
    return (SOURCE / f"{name}.js").read_text()


def bundle(main: str) -> str:
    """All modules that `main` needs in one: each behind those it imports, so that names only need to be unique."""
    done: dict[str, set[str]] = {}  # what each module exports
    declared: dict[str, str] = {}
    parts: list[str] = []

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        if name in above:
            sys.exit(f"build: error: {name}.js imports itself through {' and '.join(above)}")
        if name in done:
            return
        text = module_text(name)
        for wanted in IMPORT.finditer(text):
            add(wanted["module"], (*above, name))
            for imported in wanted["names"].split(", "):
                if imported not in done[wanted["module"]]:
                    sys.exit(f"build: error: {name}.js imports {imported}, which {wanted['module']}.js does not export")
        for _, declaration in DECLARED.findall(text):
            if declaration in declared:
                sys.exit(f"build: error: both {declared[declaration]}.js and {name}.js declare {declaration}")
            declared[declaration] = name
        done[name] = {declaration for exported, declaration in DECLARED.findall(text) if exported}
        parts.append(f"// {name}.js\n" + re.sub(r"^export ", "", IMPORT.sub("", text), flags=re.MULTILINE))

    add(main)
    return "\n" + "\n".join(parts)


def sha256_source(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def build() -> str:
    script = bundle("main")
    style = "\n" + (SOURCE / "style.css").read_text()
    if "</script" in script or "<!--" in script:
        sys.exit("build: error: the script would end the element that it stands in")
    policy = POLICY.format(script=sha256_source(script), style=sha256_source(style), origins="@ORIGINS@")
    page = (SOURCE / "page.html").read_text()
    for place, text in (("@POLICY@", policy), ("@STYLE@", style), ("@SCRIPT@", script)):
        assert page.count(place) == 1
        page = page.replace(place, text)
    for place in PLACES:
        if page.count(place) != 1:
            sys.exit(f"build: error: {place} must stand in the page once")
    return page


if __name__ == "__main__":
    built = build()
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != built:
            sys.exit("build: error: viewer.html is not what its sources give\n  hint: run viewer/build.py")
        print("build: viewer.html is what its sources give")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        PAGE.write_text(built)
        print(f"build: viewer.html, {len(built)} bytes, script {sha256_source(bundle('main'))}")
