// The tus checksum extension: `Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=`.

/** tus 1.0: a server that has this extension must speak at least sha1. */
const digests = {
  sha1: { name: "SHA-1", bytes: 20 },
  sha256: { name: "SHA-256", bytes: 32 },
  md5: { name: "MD5", bytes: 16 },
} as const;

type ChecksumAlgorithm = keyof typeof digests;

const algorithms: readonly ChecksumAlgorithm[] = ["sha1", "sha256", "md5"];

/** The value of `Tus-Checksum-Algorithm`. */
export const checksumAlgorithms = algorithms.join(",");

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** The digest as sent, in base64. */
  readonly digest: string;
}

/** Null when the algorithm is not spoken or the digest can't be one of it. */
export function parseChecksum(header: string): Checksum | null {
  const match = /^([a-z0-9]+) ([A-Za-z0-9+/]+={0,2})$/.exec(header);
  const algorithm = algorithms.find((name) => name === match?.[1]);
  const digest = match?.[2];
  if (algorithm === undefined || digest === undefined) return null;
  return digest.length === Math.ceil(digests[algorithm].bytes / 3) * 4 ? { algorithm, digest } : null;
}

/** Hashes as the bytes pass. */
export class RunningChecksum {
  readonly #stream: InstanceType<typeof crypto.DigestStream>;
  readonly #writer: WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView>;
  readonly #expected: string;

  constructor(checksum: Checksum) {
    this.#stream = new crypto.DigestStream(digests[checksum.algorithm].name);
    this.#writer = this.#stream.getWriter();
    this.#expected = checksum.digest;
  }

  /** The bytes may be reused once this resolves. */
  update(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  async matches(): Promise<boolean> {
    await this.#writer.close();
    const digest = new Uint8Array(await this.#stream.digest);
    return btoa(String.fromCharCode(...digest)) === this.#expected;
  }
}
