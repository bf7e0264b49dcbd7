// Limits of docs/FORMAT.md.

export const messageBytes = 262144;
export const largestChunk = 4 * 1024 * 1024;
export const largestPack = 20971815;
