/** A bucket by its S3 endpoint. */
export interface BucketEndpoint {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
