"""Downloads of all as one archive, of large files, and what is left when they are stopped."""

import hashlib
import shutil
import zipfile
from pathlib import Path

from conftest import open_gallery, open_large

SOURCE = Path(__file__).resolve().parents[2] / "viewer/source"
SAVED = "document.getElementById('transfer-label').textContent.startsWith('Saved')"


def test_all_in_one_archive(browser, provider, share):
    open_gallery(browser, provider, share)
    browser.click("#download-all")
    browser.wait(SAVED, 60)
    with zipfile.ZipFile(browser.saved("Anna & Jón -3.zip")) as archive:
        assert archive.testzip() is None
        assert {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()} == share.originals
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        raw = archive.getinfo("DSC_0001.NEF")
        assert raw.date_time == (2025, 11, 13, 2, 15, 0)  # 1763000100, in UTC
        assert b"UT\x05\x00\x01\x24\x3f\x15\x69" in raw.extra


def large_share(provider):
    """Of 80 MB; test_program.py has one of 200."""
    piece = hashlib.shake_256(b"large file").digest(1 << 20)
    maker = provider.maker(title="Large")
    maker.add("film.mov", piece * 76 + b"the end", type="video/quicktime")
    return maker.write("large", provider.packs.origin)


FILE_PICKER = """
window.showSaveFilePicker = async ({ suggestedName }) => {
    window.picked = await (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
    return window.picked;
};
"""
PICKED_DIGEST = """
const done = arguments[arguments.length - 1];
window.picked.getFile().then((file) => file.arrayBuffer())
    .then((bytes) => crypto.subtle.digest('SHA-256', bytes)).then((digest) =>
        done([...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')));
"""
PICKED_IS_THERE = """
const done = arguments[arguments.length - 1];
navigator.storage.getDirectory().then((folder) => folder.getFileHandle('film.mov'))
    .then(() => done(true), () => done(false));
"""


def test_a_large_file_goes_to_the_picked_file(chromium, provider):
    """No headless browser has a dialog: the picker here gives a file of the browser's own, written the same way."""
    share = large_share(provider)
    open_gallery(chromium, provider, share)
    chromium.evaluate(FILE_PICKER)
    open_large(chromium, 1)
    chromium.click("#large-download")
    chromium.wait(SAVED, 60)
    assert chromium.evaluate_async(PICKED_DIGEST) == share.originals["film.mov"]


def test_damage_leaves_no_picked_file(chromium, provider):
    share = large_share(provider)
    last = share.packs[-1]
    last.write_bytes(last.read_bytes()[:-1] + bytes([last.read_bytes()[-1] ^ 1]))
    open_gallery(chromium, provider, share)
    chromium.evaluate(FILE_PICKER)
    open_large(chromium, 1)
    chromium.click("#large-download")
    chromium.wait("document.querySelector('#transfer.alarm')?.innerText.includes('film.mov” is damaged')", 60)
    assert not chromium.evaluate_async(PICKED_IS_THERE)


def test_a_download_can_be_cancelled(browser, provider):
    share = large_share(provider)
    open_gallery(browser, provider, share)
    browser.evaluate("delete window.showSaveFilePicker")
    browser.evaluate(
        "document.getElementById('download-all').click();"  # and in the same moment, before it can be done
        "setTimeout(() => document.getElementById('transfer-end').click())"
    )
    browser.wait("document.getElementById('transfer-label').textContent === 'Cancelled.'")
    assert not any(path.name.startswith("Large") for path in browser.downloads.iterdir())


ARCHIVE = """
const [sizes, done] = [arguments[0], arguments[arguments.length - 1]];
(async () => {
    const { zipOf, zipSize } = await import('/zip.js');
    const files = sizes.map((size, number) => ({ name: `${number}.bin`, size, modified: 1 }));
    const zeros = new Uint8Array(1 << 22);
    async function* contentOf({ size }) {
        for (let left = size; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
    }
    let at = 0;
    const records = []; // what is no content: where it begins, and its bytes as characters
    for await (const part of zipOf(files, contentOf)) {
        const last = records.at(-1);
        const text = part.buffer === zeros.buffer ? '' : String.fromCharCode(...part);
        if (last && last[0] + last[1].length === at) last[1] += text;
        else if (text) records.push([at, text]);
        at += part.length;
    }
    done([at, zipSize(files), records]);
})().catch((error) => done(String(error)));
"""


def archive(chromium, provider, sizes: list[int]) -> tuple[Path, int]:
    """An archive of zeros, which is written as a file with holes."""
    for module in SOURCE.glob("*.js"):
        shutil.copy(module, provider.folder)
    (provider.folder / "empty.html").write_text("<!doctype html><title>empty</title>")
    chromium.go(f"{provider.pages.origin}/empty.html")
    length, announced, records = chromium.evaluate_async(ARCHIVE, sizes)
    assert length == announced
    path = provider.folder / "made.zip"
    with path.open("wb") as file:
        for at, record in records:
            file.seek(at)
            file.write(record.encode("latin-1"))
    assert path.stat().st_size == length
    return path, length


CRC_OF_THE_LARGE_ONE = 0xc9eff1bd  # zlib's, of 0x1_0000_0010 zero bytes


def test_an_archive_beyond_4_gigabytes(chromium, provider):
    sizes = [5, 0x1_0000_0010, 7, 1 << 20]
    path, length = archive(chromium, provider, sizes)
    assert length > 1 << 32
    with zipfile.ZipFile(path) as opened:
        assert [entry.file_size for entry in opened.infolist()] == sizes
        assert opened.infolist()[2].header_offset > 1 << 32
        assert opened.read("2.bin") == bytes(7) and opened.read("3.bin") == bytes(1 << 20)
        assert opened.infolist()[1].CRC == CRC_OF_THE_LARGE_ONE


def test_an_archive_of_more_files_than_16_bits_count(chromium, provider):
    path, _ = archive(chromium, provider, [0] * 65535)
    with zipfile.ZipFile(path) as opened:
        assert len(opened.infolist()) == 65535
        assert opened.infolist()[-1].filename == "65534.bin"
