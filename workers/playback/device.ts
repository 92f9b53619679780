// What a request says about the device that plays. Guesses that do no harm: a device that is not recognised is offered
// everything, in the order for everybody.

export type DeviceClass = "phone" | "tablet" | "desktop" | "tv" | "unknown";

export interface DeviceFacts {
  readonly class: DeviceClass;
  /** First parts of codec strings, in lower case, that it surely has no decoder for. */
  readonly cannotPlay: readonly string[];
}

interface RequestHeaders {
  get(name: string): string | null;
}

export function readDevice(headers: RequestHeaders): DeviceFacts {
  const userAgent = headers.get("User-Agent") ?? "";
  let deviceClass = classOf(userAgent);
  // Client hints know no more than a user agent that says what it is; an app's own may not.
  if (deviceClass === "unknown") deviceClass = hintedClass(headers);
  return { class: deviceClass, cannotPlay: missingCodecs(userAgent) };
}

/** The first that is found decides: a television names the phone system that it is made of, too. */
const marks: readonly (readonly [mark: string, DeviceClass])[] = [
  ["Apple TV", "tv"],
  ["AppleTV", "tv"],
  ["SMART-TV", "tv"],
  ["SmartTV", "tv"],
  ["Smart TV", "tv"],
  ["GoogleTV", "tv"],
  ["Android TV", "tv"],
  ["HbbTV", "tv"],
  ["Web0S", "tv"],
  ["NetCast", "tv"],
  ["BRAVIA", "tv"],
  ["VIDAA", "tv"],
  ["Roku", "tv"],
  ["CrKey", "tv"],
  // Models of Fire TV: AFTS, AFTMM, AFTKA.
  [" AFT", "tv"],
  ["PlayStation", "tv"],
  ["Xbox", "tv"],
  ["iPhone", "phone"],
  ["iPod", "phone"],
  ["iPad", "tablet"],
  ["Tablet", "tablet"],
  ["Mobile", "phone"],
  ["Windows NT", "desktop"],
  ["Macintosh", "desktop"],
  ["CrOS", "desktop"],
  ["X11", "desktop"],
];

function classOf(userAgent: string): DeviceClass {
  for (const [mark, deviceClass] of marks) {
    if (userAgent.includes(mark)) return deviceClass;
  }
  // A browser of Android says "Mobile" on a phone. A player library says so nowhere.
  return userAgent.startsWith("Mozilla/") && userAgent.includes("Android") ? "tablet" : "unknown";
}

/** https://wicg.github.io/ua-client-hints/: both are sent without being asked for. */
function hintedClass(headers: RequestHeaders): DeviceClass {
  if (headers.get("Sec-CH-UA-Mobile") === "?1") return "phone";
  const platform = headers.get("Sec-CH-UA-Platform");
  return platform !== null && desktopPlatforms.includes(platform) ? "desktop" : "unknown";
}

/** Structured strings, hence the quotes. */
const desktopPlatforms: readonly string[] = ['"Windows"', '"macOS"', '"Linux"', '"Chrome OS"'];

interface Missing {
  readonly codecs: readonly string[];
  /** The number behind it is the version. */
  readonly mark: string;
  /** The first version that may have a decoder. */
  readonly since: number;
  readonly among: readonly string[];
  readonly notAmong?: readonly string[];
}

/**
 * Only what no such device can: a newer one may lack a decoder as well, and its player finds that out by itself. Nothing
 * here is about H.264 and AAC, which all play.
 */
const missing: readonly Missing[] = [
  // AV1 came with the A17 and M3 and with iOS 17 and Safari 17; every browser of iOS has the system's decoders.
  { codecs: ["av01"], mark: "iPhone OS ", since: 17, among: ["iPhone", "iPod"] },
  { codecs: ["av01"], mark: "CPU OS ", since: 17, among: ["iPad"] },
  { codecs: ["av01"], mark: "Version/", since: 17, among: ["Macintosh"], notAmong: ["Chrome/"] },
  { codecs: ["av01"], mark: "Firefox/", since: 67, among: [""] },
  { codecs: ["av01"], mark: "Chrome/", since: 70, among: ["Windows NT", "Macintosh", "X11"] },
  { codecs: ["hvc1", "hev1"], mark: "Firefox/", since: 134, among: [""] },
  // Televisions and old Edge have HEVC in Chromiums of any age.
  {
    codecs: ["hvc1", "hev1"],
    mark: "Chrome/",
    since: 107,
    among: ["Windows NT", "Macintosh", "X11; Linux x86_64"],
    notAmong: ["Edg"],
  },
];

const nothing: readonly string[] = [];

function missingCodecs(userAgent: string): readonly string[] {
  let found = nothing;
  for (const { codecs, mark, since, among, notAmong } of missing) {
    const version = versionBehind(userAgent, mark);
    if (version === null || version >= since) continue;
    if (!among.some((part) => userAgent.includes(part))) continue;
    if (notAmong?.some((part) => userAgent.includes(part)) === true) continue;
    found = [...found, ...codecs];
  }
  return found;
}

function versionBehind(userAgent: string, mark: string): number | null {
  const at = userAgent.indexOf(mark);
  if (at < 0) return null;
  let version = 0;
  let digits = 0;
  for (let i = at + mark.length; digits < 4; i++, digits++) {
    const digit = userAgent.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    version = version * 10 + digit;
  }
  return digits === 0 ? null : version;
}
