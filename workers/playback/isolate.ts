// Everything an isolate remembers for playback, in one value: a test makes two and has two isolates.
import { signingKeys } from "#workers/access/signing-keys.ts";
import { StreamRenewals } from "#workers/access/stream-renewals.ts";
import type * as verifyToken from "#workers/access/verify-token.ts";
import type * as mpdPrinter from "#workers/packaging/dash/mpd.ts";
import type { ThumbnailPackHeader } from "#workers/packaging/thumbnail-pack.ts";
import type * as beacon from "./beacon.ts";
import { ByteCache } from "./byte-cache.ts";
import { ByteLru } from "./byte-lru.ts";
import type * as chooseRenditions from "./choose-renditions.ts";
import { CmcdIntake } from "./cmcd-intake.ts";
import { FillBudget } from "./fill-budget.ts";
import type { FragmentMaker } from "./fragment-maker.ts";
import type * as madeSegment from "./made-segment.ts";
import type * as modifiers from "./modifiers.ts";
import type { PrintedPlaylist } from "./playlist.ts";
import { playbackRecords } from "./record.ts";
import { RevocationView } from "./revocation-view.ts";
import { SessionKeyring } from "./session-keys.ts";
import { SmallObjects } from "./small-objects.ts";
import type * as steering from "./steering.ts";
import type * as pictures from "./pictures.ts";
import { TimelineStore } from "./timeline-store.ts";

const printedBytes = 16 * 1024 * 1024;
const templateBytes = 2 * 1024 * 1024;
const packHeaderBytes = 1024 * 1024;

export class PlaybackIsolate {
  readonly keyring = new SessionKeyring();
  readonly signingKeys = signingKeys();
  /** The code that verifies tokens, once one was presented. */
  tokens: typeof verifyToken | null = null;
  /** The code that reads modifiers, once a URL had some. */
  modifiers: typeof modifiers | null = null;
  /** The code that chooses for those to whom some rule applies, once one came. */
  rules: typeof chooseRenditions | null = null;
  /** The code that prints MPDs, once a player asked for DASH. */
  mpd: typeof mpdPrinter | null = null;
  /** The code that answers pictures, once one was asked for. */
  pictures: typeof pictures | null = null;
  readonly records = playbackRecords();
  readonly revocations = new RevocationView();
  readonly streams = new StreamRenewals();
  readonly cmcd = new CmcdIntake();
  /** The code that steers, once a player asked. */
  steering: typeof steering | null = null;
  /** The code that reads beacons, once one came. */
  beacons: typeof beacon | null = null;
  readonly timelines = new TimelineStore();
  readonly fills = new FillBudget();
  readonly bytes = new ByteCache(this.fills);
  /** The code that answers what is made of uploaded files, once something was asked for. */
  made: typeof madeSegment | null = null;
  maker: FragmentMaker | null = null;
  readonly small = new SmallObjects();
  /** Media playlists, by revision. */
  readonly playlists = new ByteLru<PrintedPlaylist>(printedBytes);
  /** Manifests cut where the session goes, by revision. */
  readonly templates = new ByteLru<readonly string[]>(templateBytes);
  readonly packHeaders = new ByteLru<ThumbnailPackHeader>(packHeaderBytes);
}
