// The distinct ids of a batch, ascending, and the places of each, where work-groups share local memory: a stable
// radix sort of the places by their ids, `bits` of them at a time, each work-group with one share of the places.
// A pass is three kernels: count_digits, scan_digits, move_by_digit. Counts are integers and every place has one
// target, so that the result does not depend on the order in which work-items run.
//
// Ids, places and counts are read in vectors of four: shares are whole work-groups of places, and digits a multiple of
// four.

#include "integers.cl"

#define GROUP 256

// The most digits of a pass: what a work-group counts them in is 16 KiB of its local memory.
#define MOST_DIGITS 4096

// The digits that a work-group of scan_digits takes, four a work-item, and the parts that it cuts all shares into.
#define COLUMNS 32
#define QUADS (COLUMNS / 4)
#define PARTS (GROUP / QUADS)

// A digit of the number by which an id is sorted: absent ids come last.
static int digit_of(int id, int features, int shift, int digits) {
  return (id < 0 ? features : id) >> shift & (digits - 1);
}

// counts[share, digit]: how often each digit stands in a share of the ids. One work-group a share.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void count_digits(
    int places, int share, global const int *ids, int features, int shift, int digits, global int *counts) {
  local int4 found[MOST_DIGITS / 4];
  local int *const of_digit = (local int *)found;
  const int me = get_local_id(0), begin = get_group_id(0) * share, end = min(begin + share, places);
  for (int quad = me; quad < digits / 4; quad += GROUP) found[quad] = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = begin + me * 4; i < end; i += GROUP * 4) {
    const int n = end - i;
    const int4 id = four(ids + i, n, 0);
    atomic_inc(of_digit + digit_of(id.x, features, shift, digits));
    if (n > 1) atomic_inc(of_digit + digit_of(id.y, features, shift, digits));
    if (n > 2) atomic_inc(of_digit + digit_of(id.z, features, shift, digits));
    if (n > 3) atomic_inc(of_digit + digit_of(id.w, features, shift, digits));
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  global int4 *to = (global int4 *)counts + (size_t)get_group_id(0) * (digits / 4);
  for (int quad = me; quad < digits / 4; quad += GROUP) to[quad] = found[quad];
}

// Replaces each share's count of a digit by the sum of those of the shares before it, and leaves all of them.
// One work-group COLUMNS digits; neighbours read neighbours.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void scan_digits(
    int shares, int digits, global int *counts, global int *totals) {
  local int4 sums[PARTS][QUADS];
  const int me = get_local_id(0), column = me % QUADS, part = me / QUADS;
  const int quad = (int)get_group_id(0) * QUADS + column, quads = digits / 4, each = (shares + PARTS - 1) / PARTS;
  const int begin = min(part * each, shares), end = quad < quads ? min(begin + each, shares) : begin;
  global int4 *const of_quad = (global int4 *)counts + quad;
  int4 sum = 0;
#pragma unroll 8
  for (int share = begin; share < end; ++share) sum += of_quad[(size_t)share * quads];
  sums[part][column] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  int4 before = 0;
  for (int i = 0; i < part; ++i) before += sums[i][column];
#pragma unroll 8
  for (int share = begin; share < end; ++share) {
    global int4 *count = of_quad + (size_t)share * quads;
    const int4 number = *count;
    *count = before;
    before += number;
  }
  if (part == PARTS - 1 && quad < quads) ((global int4 *)totals)[quad] = before;
}

// The sum of the numbers of the work-items before this one, and that of all.
static int sum_before(int number, local int *room, int *all) {
  const int me = get_local_id(0);
  room[me] = number;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int step = 1; step < GROUP; step *= 2) {
    const int before = me >= step ? room[me - step] : 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    room[me] += before;
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const int sum = room[me] - number;
  *all = room[GROUP - 1];
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}

// Moves the ids and their places by a digit; without places, a place is where an id stands. One work-group a share,
// GROUP places at a time of as many as are loaded at once: a place's target is behind all smaller digits, the same digit
// in shares and turns before, and the same digit before it in this turn.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void move_by_digit(
    int places, int share, global const int *ids, global const int *from, int has_places, int features, int shift,
    int digits, global const int *counts, global const int *totals, global int *sorted_ids, global int *to) {
  local int4 targets[MOST_DIGITS / 4], turn[GROUP / 4], loaded_ids[GROUP], loaded_places[GROUP];
  local int room[GROUP];
  local int *const next = (local int *)targets;
  const int me = get_local_id(0), begin = get_group_id(0) * share, end = min(begin + share, places);
  const int quads = digits / 4, each = (quads + GROUP - 1) / GROUP;
  const int mine = min(me * each, quads), behind = min(mine + each, quads);
  for (int quad = me; quad < quads; quad += GROUP) targets[quad] = ((global const int4 *)totals)[quad];
  barrier(CLK_LOCAL_MEM_FENCE);
  int sum = 0, all;
  for (int digit = mine * 4; digit < behind * 4; ++digit) sum += next[digit];
  int smaller = sum_before(sum, room, &all);
  for (int quad = mine; quad < behind; ++quad) {
    const int4 number = targets[quad];
    const int4 before = (int4)(0, number.x, number.x + number.y, number.x + number.y + number.z);
    targets[quad] = smaller + before + ((global const int4 *)counts)[(size_t)get_group_id(0) * quads + quad];
    smaller += before.w + number.w;
  }
  for (int first = begin; first < end; first += GROUP * 4) {
    const int at = first + me * 4;
    loaded_ids[me] = four(ids + at, end - at, 0);
    loaded_places[me] = has_places ? four(from + at, end - at, 0) : (int4)(at, at + 1, at + 2, at + 3);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = first + me; i - me < min(first + GROUP * 4, end); i += GROUP) {
      const int id = ((local int *)loaded_ids)[i - first];
      const int digit = i < end ? digit_of(id, features, shift, digits) : -1;
      ((local int *)turn)[me] = digit;
      barrier(CLK_LOCAL_MEM_FENCE);
      int before = 0;
      for (int k = 0; k < me / 4; ++k) {
        // One by one: Oclgrind 21.10 gets the comparison of vectors wrong.
        const int4 one = turn[k];
        before += (one.x == digit) + (one.y == digit) + (one.z == digit) + (one.w == digit);
      }
      for (int k = me / 4 * 4; k < me; ++k) before += ((local int *)turn)[k] == digit;
      const int target = i < end ? next[digit] + before : 0;
      barrier(CLK_LOCAL_MEM_FENCE);
      if (i < end) {
        sorted_ids[target] = id < 0 ? features : id;
        to[target] = ((local int *)loaded_places)[i - first];
        atomic_inc(next + digit);
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
}

// Which of four sorted ids stand there for the first time, behind the one before them; absent ids never do.
static int4 are_first(int4 id, int before, int features) {
  return (int4)(
      id.x < features && id.x != before, id.y < features && id.y != id.x, id.z < features && id.z != id.y,
      id.w < features && id.w != id.z);
}

static int sum_of(int4 v) { return v.x + v.y + v.z + v.w; }

// How many ids stand for the first time in each share. One work-group a share.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void count_ids(
    int places, int share, global const int *sorted, int features, global int *counts) {
  local int room[GROUP];
  const int me = get_local_id(0), begin = get_group_id(0) * share, end = min(begin + share, places);
  int sum = 0, all;
  for (int i = begin + me * 4; i < end; i += GROUP * 4) {
    const int before = i > 0 ? sorted[i - 1] : -1;
    sum += sum_of(are_first(four(sorted + i, end - i, features), before, features));
  }
  sum_before(sum, room, &all);
  if (me == 0) counts[get_group_id(0)] = all;
}

// What list_ids writes.
typedef struct {
  global int *ids, *starts, *distinct, *rank_of;
  int has_rank_of;
} Lists;

// What sorted place i has to say: an id that is new there; or that all ids end, before it or with it.
static void list_place(Lists lists, int i, int places, int features, int before, int id, int is_new, int rank) {
  if (is_new) {
    lists.ids[rank] = id;
    lists.starts[rank] = i;
    if (lists.has_rank_of) lists.rank_of[id] = rank;
  }
  const int ends_before = id >= features && before < features, ends_here = id < features && i + 1 == places;
  if (ends_before || ends_here) {
    lists.starts[rank + 1] = i + ends_here;
    lists.distinct[0] = rank + 1;
  }
}

// From the shares' counts: the distinct ids, where the places of each begin and the last one's end, how many ids
// there are, for each sorted place which of them stands there, and for each feature that occurs which of the distinct
// ids it is. One work-group a share.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void list_ids(
    int places, int share, global const int *sorted, int features, global const int *counts, global int *ranks,
    global int *ids, global int *starts, global int *distinct, global int *rank_of, int has_rank_of) {
  local int room[GROUP];
  const int me = get_local_id(0), group = get_group_id(0), begin = group * share, end = min(begin + share, places);
  const Lists lists = {ids, starts, distinct, rank_of, has_rank_of};
  int sum = 0, found;
  for (int i = me * 4; i < group; i += GROUP * 4) sum += sum_of(four(counts + i, group - i, 0));
  sum_before(sum, room, &found);
  for (int first = begin; first < end; first += GROUP * 4) {
    const int i = first + me * 4, n = end - i;
    const int4 id = four(sorted + i, n, features);
    const int before = n > 0 && i > 0 ? sorted[i - 1] : -1;
    const int4 is_new = are_first(id, before, features);
    int all;
    const int last = found + sum_before(sum_of(is_new), room, &all) - 1;
    found += all;
    if (i >= end) continue;
    const int x = last + is_new.x, y = x + is_new.y, z = y + is_new.z, w = z + is_new.w;
    put_four((int4)(x, y, z, w), ranks + i, n);
    list_place(lists, i, places, features, before, id.x, is_new.x, x);
    if (n > 1) list_place(lists, i + 1, places, features, id.x, id.y, is_new.y, y);
    if (n > 2) list_place(lists, i + 2, places, features, id.y, id.z, is_new.z, z);
    if (n > 3) list_place(lists, i + 3, places, features, id.z, id.w, is_new.w, w);
  }
}
