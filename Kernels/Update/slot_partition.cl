#include "vector.cl"

// Who owns the slots of a batch.

// An owner's slots x to y, none where they are equal, where its list of ids begins, z, and, between the two
// halves of a step, how many it has, w.
typedef int4 Owner;

// Slots x to y whose ids may be the same, those of a list or of a shared vocabulary, and the span of their
// ids, z to w. Fields have their ids apart, field after field.
typedef int4 Group;

// The least and the largest id of each slot; w < 0 for a slot without ids.
static void find_spans(int rows, int slots, global const int *ids, global Group *spans) {
  for (int next = 0; next < slots; next += LANES) {
    // LANES slots at once; the last ones may have been seen in part.
    const int first = max(min(next, slots - LANES), 0), count = min(slots - first, LANES);
    uvec lowest = INT_MAX;
    ivec highest = -1;
    for (int row = 0; row < rows; ++row) {
      global const int *from = ids + row * slots + first;
      int numbers[LANES];
      ivec v;
      if (count == LANES) {
        v = LOAD(from);
      } else {
        for (int i = 0; i < LANES; ++i) numbers[i] = i < count ? from[i] : -1;
        v = LOAD(numbers);
      }
      // Without its sign an absent id is larger than any other.
      lowest = min(lowest, JOIN(as_uint, LANES)(v));
      highest = max(highest, v);
    }
    int lows[LANES], highs[LANES];
    STORE(JOIN(as_int, LANES)(lowest), lows);
    STORE(highest, highs);
    for (int i = 0; i < count; ++i) {
      spans[first + i] = (Group)(first + i, first + i + 1, lows[i], highs[i]);
    }
  }
}

// Shares the slots of a batch among `most` owners, slots with ids in common to one, in `groups` as room
// for a group a slot. One work-item.
kernel void share_slots(
    int rows, int slots, int most, global const int *ids, global Group *groups,
    global Owner *ownership) {
  if (get_global_id(0) > 0) return;
  find_spans(rows, slots, ids, groups);
  // A slot joins the groups before it whose spans it meets.
  int count = 0, total = 0;
  for (int slot = 0; slot < slots; ++slot) {
    Group group = groups[slot];
    if (group.w < 0) continue;
    for (; count > 0 && groups[count - 1].w >= group.z; --count) {
      const Group before = groups[count - 1];
      group = (Group)(before.x, group.y, min(before.z, group.z), max(before.w, group.w));
    }
    groups[count++] = group;
  }
  for (int i = 0; i < count; ++i) total += groups[i].y - groups[i].x;
  int owner = -1, seen = 0, base = 0;
  for (int i = 0; i < most; ++i) ownership[i] = (Owner)(0);
  for (int i = 0; i < count; ++i) {
    const Group group = groups[i];
    const int size = group.y - group.x;
    // The next owner begins where as many slots are shared out as would be at equal shares.
    if (owner + 1 <= (int)((long)seen * most / total)) {
      ownership[++owner] = (Owner)(group.x, group.y, base, 0);
    }
    ownership[owner].y = group.y;
    base += (int)min((long)rows * size, (long)group.w - group.z + 1);
    seen += size;
  }
}
