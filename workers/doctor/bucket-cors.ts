// What the bucket lets pages do, by its S3 endpoint: the binding can't be asked.
import type { BucketEndpoint } from "#workers/storage/bucket-endpoint.ts";
import type { CorsRule } from "./judge.ts";

type CorsAnswer =
  | { readonly kind: "noCredentials" }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "rules"; readonly rules: readonly CorsRule[] };

export async function bucketCors(at: BucketEndpoint | null, signal: AbortSignal): Promise<CorsAnswer> {
  if (at === null) return { kind: "noCredentials" };
  const { GetBucketCorsCommand, S3Client } = await import("@aws-sdk/client-s3");
  const { endpoint, bucket, accessKeyId, secretAccessKey } = at;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({
    region: "auto",
    endpoint,
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
  });
  try {
    const { CORSRules = [] } = await client.send(new GetBucketCorsCommand({ Bucket: bucket }), {
      abortSignal: signal,
    });
    const rules = CORSRules.map(({ AllowedOrigins = [], AllowedMethods = [], ExposeHeaders = [] }) => ({
      origins: AllowedOrigins,
      methods: AllowedMethods,
      exposed: ExposeHeaders,
    }));
    return { kind: "rules", rules };
  } catch (error) {
    // Its message may name the key's id; the name of the error tells enough.
    return { kind: "refused", code: error instanceof Error ? error.name : "unknown" };
  } finally {
    client.destroy();
  }
}
