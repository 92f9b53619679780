import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  conditionOf,
  consequenceOf,
  noticeFor,
  preparingDelayMs,
  problemCode,
  type Condition,
} from "./conditions.ts";

/** Codes that the errors page lists with this status. */
function codesOf(status: number): readonly string[] {
  const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  return [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)]
    .filter(([, , of]) => of === String(status))
    .map(([, code]) => code ?? "");
}

describe("conditionOf", () => {
  it("waits for a video that is being encoded", () => {
    expect(conditionOf(409, "notYetPlayable")).toBe("preparing");
    expect(conditionOf(409, "notYetComplete")).toBe("preparing");
  });

  it("tells a video that failed from one that does not exist, though both answer 404", () => {
    expect(conditionOf(404, "videoNotPlayable")).toBe("notPlayable");
    expect(conditionOf(404, "notFound")).toBe("notFound");
    expect(conditionOf(404, null)).toBe("notFound");
  });

  it.each<[string, Condition]>([
    ["playbackTokenRequired", "tokenRequired"],
    ["playbackTokenInvalid", "tokenInvalid"],
    ["playbackTokenExpired", "tokenExpired"],
    ["playbackTokenNotYetValid", "notNow"],
    ["revoked", "revoked"],
    ["streamEvicted", "evicted"],
    ["streamLimitReached", "tooManyStreams"],
    ["sessionShared", "shared"],
    ["sessionExpired", "sessionEnded"],
    ["invalidSession", "sessionEnded"],
    ["notAvailableHere", "notHere"],
    ["notAvailableNow", "notNow"],
    ["originNotAllowed", "notOnThisPage"],
    ["noRenditionAllowed", "nothingAllowed"],
    ["modifierNotSigned", "refused"],
  ])("says why: %s is %s", (code, condition) => {
    expect(conditionOf(403, code)).toBe(condition);
  });

  it("has a general word for a refusal that it does not know", () => {
    for (const code of ["somethingNew", "constructor", "", null]) {
      expect(conditionOf(403, code)).toBe("refused");
      expect(conditionOf(401, code)).toBe("refused");
    }
  });

  it("knows every refusal that is documented, save those of the API and of who made the link", () => {
    const general = codesOf(403).filter((code) => conditionOf(403, code) === "refused");
    expect(general).toEqual([
      ...["forbidden", "crossSiteRequest", "refreshTokenInvalid", "modifierNotSigned", "quotaExceeded"],
      ...["uploadOriginNotAllowed", "downloadNotAllowed"],
    ]);
  });

  it("blames the network only when there was no answer", () => {
    expect(conditionOf(0, null)).toBe("network");
    expect(conditionOf(503, "unavailable")).toBe("busy");
    expect(conditionOf(429, null)).toBe("rateLimited");
    expect(conditionOf(429, "rateLimited")).toBe("rateLimited");
  });
});

const all: readonly Condition[] = [
  "preparing",
  "notFound",
  "notPlayable",
  "tokenRequired",
  "tokenInvalid",
  "tokenExpired",
  "revoked",
  "evicted",
  "tooManyStreams",
  "shared",
  "sessionEnded",
  "notHere",
  "notNow",
  "notOnThisPage",
  "nothingAllowed",
  "refused",
  "rateLimited",
  "network",
  "busy",
  "keyRefused",
  "noKeySystem",
  "decode",
  "unsupported",
];

describe("noticeFor", () => {
  it("has words for every condition, and waits by itself in one only", () => {
    for (const condition of all) expect(noticeFor(condition).title).not.toBe("");
    expect(all.filter((condition) => noticeFor(condition).next === "wait")).toEqual(["preparing"]);
  });

  it("never offers a revoked viewer another try, and always one whose place was taken", () => {
    expect(noticeFor("revoked").next).toBe("none");
    expect(noticeFor("evicted").next).toBe("retry");
  });
});

describe("consequenceOf", () => {
  it("never opens a new session by itself for who was refused: it would take another stream's place", () => {
    const refusals = codesOf(403).map((code) => conditionOf(403, code));
    for (const condition of refusals.filter((condition) => condition !== "sessionEnded")) {
      expect(consequenceOf(condition), condition).toBe("stop");
    }
  });

  it("tries one anew where that may be all that is missing", () => {
    expect(all.filter((condition) => consequenceOf(condition).startsWith("renew"))).toEqual([
      "notFound",
      "sessionEnded",
      "network",
      "busy",
    ]);
  });
});

describe("problemCode", () => {
  it("reads the code of a problem document", () => {
    expect(problemCode('{"status":409,"code":"notYetPlayable"}')).toBe("notYetPlayable");
  });

  it("is null for anything else", () => {
    for (const body of ["", "<html>", "null", "[]", '"code"', '{"code":7}'])
      expect(problemCode(body)).toBeNull();
  });
});

it("asks again after 2 s at first and never waits longer than 10 s", () => {
  expect(preparingDelayMs(0)).toBe(2000);
  expect(preparingDelayMs(3)).toBeGreaterThan(preparingDelayMs(2));
  expect(preparingDelayMs(1000)).toBe(10_000);
});
