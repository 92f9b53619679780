// tus from Node, as any client would do it.
import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { Upload } from "tus-js-client";

export interface UploadedVideo {
  readonly videoId: string;
  readonly uploadUrl: string;
}

export function uploadFile(
  target: { readonly url: string; readonly apiKey: string },
  path: string,
  onProgress: (sentBytes: number, totalBytes: number) => void = () => undefined,
  chunkBytes = 32 * 1024 * 1024,
  settings: Readonly<Record<string, string>> = {},
): Promise<UploadedVideo> {
  const uploadSize = statSync(path).size;
  return new Promise((resolve, reject) => {
    let videoId: string | undefined;
    const upload = new Upload(createReadStream(path), {
      endpoint: `${target.url}/v1/uploads/tus`,
      headers: { Authorization: `Bearer ${target.apiKey}` },
      metadata: { filename: basename(path), title: basename(path), ...settings },
      uploadSize,
      chunkSize: chunkBytes,
      retryDelays: [0, 500, 1000, 2000, 4000],
      onProgress,
      onAfterResponse: (_request, response) => {
        videoId ??= response.getHeader("Sluice-Video-Id");
      },
      onError: reject,
      onSuccess: () => {
        if (videoId === undefined || upload.url === null)
          reject(new Error("the upload did not name its video"));
        else resolve({ videoId, uploadUrl: upload.url });
      },
    });
    upload.start();
  });
}
