// Why an upload stopped, in words, and what the person can do. Pure.
import type { Refusal } from "../api.ts";

export interface UploadFailure {
  readonly message: string;
  /** key: another API key is needed; again: the same file can go on or start anew; none: this file can't go. */
  readonly remedy: "key" | "again" | "none";
}

export function uploadFailure({ status, code }: Refusal): UploadFailure {
  switch (status) {
    case 0:
      return { message: "The connection was lost. What has arrived is kept.", remedy: "again" };
    case 401:
      return { message: "The API key was not accepted.", remedy: "key" };
    case 403:
      return { message: "This API key may not upload.", remedy: "key" };
    case 404:
    case 410:
      return {
        message:
          code === "uploadExpired"
            ? "This upload waited too long and has expired. It starts from the beginning."
            : "The server no longer has this upload. It starts from the beginning.",
        remedy: "again",
      };
    case 409:
      return {
        message:
          "The server has another part of this file than this page thought. Resume to go on from there.",
        remedy: "again",
      };
    case 413:
      return code === "bodyTooLarge"
        ? { message: "The server takes smaller pieces than this page sent.", remedy: "none" }
        : { message: "This file is larger than this Sluice allows.", remedy: "none" };
    case 423:
      return {
        message: "Another tab or device is sending this file. Wait for it, or resume here.",
        remedy: "again",
      };
    case 460:
      return { message: "A piece was damaged on its way. Resume to send it again.", remedy: "again" };
    default:
      return status >= 500
        ? {
            message: "The server could not take the file just now. What has arrived is kept.",
            remedy: "again",
          }
        : { message: `The server refused the upload${code === null ? "" : ` (${code})`}.`, remedy: "again" };
  }
}
