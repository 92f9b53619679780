// How an upload is cut for R2 multipart. R2 wants parts of at least 5 MiB, all equal but the last, and at
// most 10,000 of them.

const mebibyte = 1024 * 1024;
/** R2 takes 5 MiB; chunks of clients are mostly multiples of 8 MiB, and then no chunk leaves a tail. */
const smallestPartBytes = 8 * mebibyte;
const largestPartNumber = 10_000;

/**
 * Part numbers that a plan leaves free. A number whose upload was cut off by a crash is never used again:
 * the lost request could still land and replace the bytes of its successor.
 */
const spareNumbers = 1_000;

/** One isolate of 128 MB serves several uploads: what each may hold in buffers. */
const bufferBudgetBytes = 24 * mebibyte;

/** With a deferred length the plan is made for the longest upload allowed. */
export function partBytesFor(sizeBytes: number | null, maxUploadBytes: number): number {
  const longest = sizeBytes ?? maxUploadBytes;
  const wanted = Math.ceil(longest / (largestPartNumber - spareNumbers));
  return Math.max(smallestPartBytes, Math.ceil(wanted / mebibyte) * mebibyte);
}

/** What goes straight to the bucket is in no buffer of ours: larger parts are fewer requests. */
const smallestDirectBytes = 16 * mebibyte;

export function directPartBytesFor(sizeBytes: number): number {
  const wanted = Math.ceil(sizeBytes / largestPartNumber / mebibyte) * mebibyte;
  return Math.max(smallestDirectBytes, wanted);
}

/** Parts on their way to R2 while the next one fills. */
export function partsInFlight(partBytes: number): number {
  const buffers = Math.floor(bufferBudgetBytes / partBytes);
  return Math.max(1, Math.min(2, buffers - 1));
}

export function isPartNumber(number: number): boolean {
  return number <= largestPartNumber;
}
