import { describe, expect, test } from "vitest";
import { readDevice } from "./device.ts";
import { countriesOf, readNetwork } from "./device-network.ts";

function headers(given: Readonly<Record<string, string>>) {
  return new Headers(given);
}

function device(userAgent: string) {
  return readDevice(headers({ "User-Agent": userAgent }));
}

const chrome = (version: number, system: string, mobile = "") =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 ${mobile}Safari/537.36`;
const firefox = (version: number, system: string) =>
  `Mozilla/5.0 (${system}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`;
const iPhone = (os: string) =>
  `Mozilla/5.0 (iPhone; CPU iPhone OS ${os} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1`;
const safari = (version: string) =>
  `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} Safari/605.1.15`;

describe("the class of a device", () => {
  test.each([
    ["phone", chrome(140, "Linux; Android 10; K", "Mobile ")],
    ["phone", iPhone("17_5")],
    ["phone", "AppleCoreMedia/1.0.0.19H12 (iPhone; U; CPU OS 15_7 like Mac OS X; en_us)"],
    ["phone", firefox(140, "Android 14; Mobile")],
    ["tablet", chrome(140, "Linux; Android 10; K")],
    ["tablet", "AppleCoreMedia/1.0.0.19H12 (iPad; U; CPU OS 15_7 like Mac OS X; en_us)"],
    ["tablet", firefox(140, "Android 14; Tablet")],
    ["desktop", chrome(140, "Windows NT 10.0; Win64; x64")],
    ["desktop", chrome(140, "X11; Linux x86_64")],
    ["desktop", chrome(140, "X11; CrOS x86_64 14541.0.0")],
    ["desktop", safari("17.4")],
    ["tv", chrome(79, "Web0S; Linux/SmartTV")],
    [
      "tv",
      "Mozilla/5.0 (SMART-TV; LINUX; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/5.0 TV Safari/537.36",
    ],
    ["tv", "AppleCoreMedia/1.0.0.16L226 (Apple TV; U; CPU OS 12_1 like Mac OS X; en_us)"],
    [
      "tv",
      "Mozilla/5.0 (Linux; Android 7.1.2; AFTMM Build/NS6265; wv) AppleWebKit/537.36 Mobile Safari/537.36",
    ],
    ["tv", chrome(90, "Linux; Android 10; BRAVIA 4K VH2")],
    ["tv", "Roku/DVP-9.10 (519.10E04111A)"],
    ["unknown", "app/1.0 (Linux;Android 11) ExoPlayerLib/2.18.1"],
    ["unknown", "curl/8.5.0"],
    ["unknown", ""],
  ])("%s: %s", (deviceClass, userAgent) => {
    expect(device(userAgent).class).toBe(deviceClass);
  });

  test("is told by client hints where the user agent is an app's own", () => {
    const hinted = (mobile: string, platform: string) =>
      readDevice(
        headers({ "User-Agent": "App/1", "Sec-CH-UA-Mobile": mobile, "Sec-CH-UA-Platform": platform }),
      ).class;
    expect(hinted("?1", '"Android"')).toBe("phone");
    expect(hinted("?0", '"macOS"')).toBe("desktop");
    // A television or a tablet: no guess.
    expect(hinted("?0", '"Android"')).toBe("unknown");
    expect(hinted("1", '"Nokia"')).toBe("unknown");
    expect(readDevice(headers({})).class).toBe("unknown");
  });

  test("of hostile user agents is a guess like any other, and takes no time", () => {
    const started = performance.now();
    for (const part of [
      "Chrome/",
      "Version/Macintosh",
      "iPhone OS 99999999999",
      "\u0000",
      "AFT ".repeat(10),
    ]) {
      expect(() => readDevice({ get: () => part.repeat(2_000) })).not.toThrow();
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("codecs that a device surely lacks", () => {
  test.each<[string, readonly string[], string]>([
    ["Safari 16", ["av01"], safari("16.5")],
    ["Safari 17", [], safari("17.0")],
    ["iOS 16, in any browser", ["av01"], iPhone("16_5").replace("Version/16.5", "CriOS/140.0")],
    ["iOS 17", [], iPhone("17_0")],
    ["iPadOS 15", ["av01"], "AppleCoreMedia/1.0.0.19H12 (iPad; U; CPU OS 15_7 like Mac OS X; en_us)"],
    [
      "Apple TV, which nobody knows",
      [],
      "AppleCoreMedia/1.0.0.16L226 (Apple TV; U; CPU OS 12_1 like Mac OS X; en_us)",
    ],
    ["Firefox 133", ["hvc1", "hev1"], firefox(133, "Windows NT 10.0; Win64; x64")],
    ["Firefox 134", [], firefox(134, "Windows NT 10.0; Win64; x64")],
    ["Chrome 106 on a computer", ["hvc1", "hev1"], chrome(106, "Windows NT 10.0; Win64; x64")],
    ["Chrome 69 on a computer", ["av01", "hvc1", "hev1"], chrome(69, "X11; Linux x86_64")],
    ["Chrome 107", [], chrome(107, "Macintosh; Intel Mac OS X 10_15_7")],
    ["a television with an old Chrome", [], chrome(63, "Web0S; Linux/SmartTV")],
    [
      "Edge 79, which plays HEVC where Windows does",
      [],
      `${chrome(79, "Windows NT 10.0; Win64; x64")} Edg/79.0`,
    ],
    ["an unknown one", [], "curl/8.5.0"],
    ["a version that is no number", [], "Mozilla/5.0 (Macintosh) Version/x Firefox/"],
  ])("%s: %j", (_name, codecs, userAgent) => {
    expect(device(userAgent).cannotPlay).toEqual(codecs);
  });
});

describe("the network of a viewer", () => {
  test("is what the platform measured and what the browser says", () => {
    expect(
      readNetwork(headers({ "Save-Data": "on", Downlink: "1.45" }), { clientTcpRtt: 87, country: "DE" }),
    ).toEqual({ saveData: true, rttMs: 87, country: "DE", downlinkBps: 1_450_000 });
    expect(readNetwork(headers({}), { clientTcpRtt: 0, clientQuicRtt: 30 }).rttMs).toBe(30);
  });

  test("that says nothing, or nonsense, is not known", () => {
    const unknown = { saveData: false, rttMs: null, country: null, downlinkBps: null };
    expect(readNetwork(headers({}), undefined)).toEqual(unknown);
    for (const downlink of ["", "0", "-1", "x", "Infinity", "1e9", "123456789"]) {
      const given = headers({ "Save-Data": "?1", Downlink: downlink });
      expect(readNetwork(given, { clientTcpRtt: "9", country: 7 }), downlink).toEqual(unknown);
    }
  });

  test("countries of a setting are codes with commas between", () => {
    expect([...countriesOf(" in, NG ,,")]).toEqual(["IN", "NG"]);
    expect(countriesOf(" in, NG ,,")).toBe(countriesOf(" in, NG ,,"));
    expect(countriesOf(undefined).size).toBe(0);
  });
});
