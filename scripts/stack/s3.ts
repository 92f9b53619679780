// The S3 endpoint that Miniflare puts before its simulated bucket, with a key that lives as long as the stack.
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";
import { root } from "../setup.mjs";

export interface LocalS3 {
  readonly bucket: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What the Worker is told, served at this port. */
  vars(port: number): Readonly<Record<string, string>>;
}

export function localS3(): LocalS3 {
  const config = unstable_readConfig({ config: join(root, "wrangler.toml") });
  const bucket = config.r2_buckets[0]?.bucket_name;
  if (bucket === undefined) throw new Error("wrangler.toml names no bucket");
  const credentials = { accessKeyId: "local", secretAccessKey: randomBytes(32).toString("hex") };
  return {
    bucket,
    credentials,
    vars: (port) => ({
      R2_S3_ENDPOINT: `http://127.0.0.1:${port}/cdn-cgi/local/r2/s3`,
      R2_S3_BUCKET: bucket,
      R2_S3_ACCESS_KEY_ID: credentials.accessKeyId,
      R2_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    }),
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return address.port;
}
