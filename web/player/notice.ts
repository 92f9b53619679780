// What the viewer is told in place of the picture.
import { noticeFor, type Condition } from "./conditions.ts";
import type { PlayerParts } from "./template.ts";

export function showNotice(
  { controller, notice, noticeTitle, noticeDetail, retry }: PlayerParts,
  condition: Condition | null,
): void {
  controller.toggleAttribute("noticed", condition !== null);
  notice.hidden = condition === null;
  if (condition === null) return;
  const { title, detail, next } = noticeFor(condition);
  noticeTitle.textContent = title;
  noticeDetail.textContent = detail;
  notice.dataset["next"] = next;
  retry.hidden = next !== "retry";
}
