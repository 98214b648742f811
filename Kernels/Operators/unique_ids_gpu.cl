// The distinct ids of a batch, ascending, and the places of each, where work-groups share local memory: a stable
// radix sort of the places by their ids, `bits` of them at a time, each work-group with one share of the places.
// A pass is three kernels: count_digits, scan_digits, move_by_digit. Counts are integers and every place has one
// target, so that the result does not depend on the order in which work-items run.

#define GROUP 256

// The most digits of a pass: what a work-group counts them in is 16 KiB of its local memory.
#define MOST_DIGITS 4096

// The digits that a work-group of scan_digits takes, and the parts that it cuts all shares into.
#define COLUMNS 32
#define PARTS (GROUP / COLUMNS)

// A digit of the number by which an id is sorted: absent ids come last.
static int digit_of(int id, int features, int shift, int digits) {
  return (id < 0 ? features : id) >> shift & (digits - 1);
}

// counts[share, digit]: how often each digit stands in a share of the ids. One work-group a share.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void count_digits(
    int places, int share, global const int *ids, int features, int shift, int digits, global int *counts) {
  local int found[MOST_DIGITS];
  const int me = get_local_id(0), begin = get_group_id(0) * share, end = min(begin + share, places);
  for (int digit = me; digit < digits; digit += GROUP) found[digit] = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = begin + me; i < end; i += GROUP) {
    atomic_inc(found + digit_of(ids[i], features, shift, digits));
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  global int *to = counts + (size_t)get_group_id(0) * digits;
  for (int digit = me; digit < digits; digit += GROUP) to[digit] = found[digit];
}

// Replaces each share's count of a digit by the sum of those of the shares before it, and leaves all of them.
// One work-group COLUMNS digits; neighbours read neighbours.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void scan_digits(
    int shares, int digits, global int *counts, global int *totals) {
  local int sums[PARTS][COLUMNS];
  const int me = get_local_id(0), column = me % COLUMNS, part = me / COLUMNS;
  const int digit = (int)get_group_id(0) * COLUMNS + column, each = (shares + PARTS - 1) / PARTS;
  const int begin = min(part * each, shares), end = digit < digits ? min(begin + each, shares) : begin;
  int sum = 0;
#pragma unroll 8
  for (int share = begin; share < end; ++share) sum += counts[(size_t)share * digits + digit];
  sums[part][column] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  int before = 0;
  for (int i = 0; i < part; ++i) before += sums[i][column];
#pragma unroll 8
  for (int share = begin; share < end; ++share) {
    global int *count = counts + (size_t)share * digits + digit;
    const int number = *count;
    *count = before;
    before += number;
  }
  if (part == PARTS - 1 && digit < digits) totals[digit] = before;
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
// GROUP places at a time: a place's target is behind all smaller digits, the same digit in shares and turns before,
// and the same digit before it in this turn.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void move_by_digit(
    int places, int share, global const int *ids, global const int *from, int has_places, int features, int shift,
    int digits, global const int *counts, global const int *totals, global int *sorted_ids, global int *to) {
  local int next[MOST_DIGITS], room[GROUP];
  local int4 turn[GROUP / 4];
  const int me = get_local_id(0), begin = get_group_id(0) * share, end = min(begin + share, places);
  const int each = (digits + GROUP - 1) / GROUP, mine = min(me * each, digits), behind = min(mine + each, digits);
  for (int digit = me; digit < digits; digit += GROUP) next[digit] = totals[digit];
  barrier(CLK_LOCAL_MEM_FENCE);
  int sum = 0, all;
  for (int digit = mine; digit < behind; ++digit) sum += next[digit];
  int smaller = sum_before(sum, room, &all);
  for (int digit = mine; digit < behind; ++digit) {
    const int number = next[digit];
    next[digit] = smaller + counts[(size_t)get_group_id(0) * digits + digit];
    smaller += number;
  }
  for (int first = begin; first < end; first += GROUP) {
    const int i = first + me, id = i < end ? ids[i] : 0;
    const int digit = i < end ? digit_of(id, features, shift, digits) : -1;
    ((local int *)turn)[me] = digit;
    barrier(CLK_LOCAL_MEM_FENCE);
    int before = 0;
    for (int k = 0; k < me / 4; ++k) {
      // One by one: Oclgrind 21.10 gets the comparison of vectors wrong.
      const int4 four = turn[k];
      before += (four.x == digit) + (four.y == digit) + (four.z == digit) + (four.w == digit);
    }
    for (int k = me / 4 * 4; k < me; ++k) before += ((local int *)turn)[k] == digit;
    const int target = i < end ? next[digit] + before : 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (i < end) {
      sorted_ids[target] = id < 0 ? features : id;
      to[target] = has_places ? from[i] : i;
      atomic_inc(next + digit);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

// Whether an id stands at i for the first time; absent ids never do.
static int is_first(int i, int features, global const int *sorted) {
  return sorted[i] < features && (i == 0 || sorted[i] != sorted[i - 1]);
}

// How many ids stand for the first time in each share. One work-group a share.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void count_ids(
    int places, int share, global const int *sorted, int features, global int *counts) {
  local int room[GROUP];
  const int me = get_local_id(0), begin = get_group_id(0) * share, end = min(begin + share, places);
  int sum = 0, all;
  for (int i = begin + me; i < end; i += GROUP) sum += is_first(i, features, sorted);
  sum_before(sum, room, &all);
  if (me == 0) counts[get_group_id(0)] = all;
}

// From the shares' counts: the distinct ids, where the places of each begin and the last one's end, how many ids
// there are, for each sorted place which of them stands there, and for each feature that occurs which of the distinct
// ids it is. One work-group a share.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void list_ids(
    int places, int share, global const int *sorted, int features, global const int *counts, global int *ranks,
    global int *ids, global int *starts, global int *distinct, global int *rank_of, int has_rank_of) {
  local int room[GROUP];
  const int me = get_local_id(0), begin = get_group_id(0) * share, end = min(begin + share, places);
  int sum = 0, found;
  for (int i = me; i < (int)get_group_id(0); i += GROUP) sum += counts[i];
  sum_before(sum, room, &found);
  for (int first = begin; first < end; first += GROUP) {
    const int i = first + me, is_new = i < end ? is_first(i, features, sorted) : 0;
    int all;
    const int rank = found + sum_before(is_new, room, &all) + is_new - 1;
    found += all;
    if (i >= end) continue;
    ranks[i] = rank;
    const int id = sorted[i];
    if (is_new) {
      ids[rank] = id;
      starts[rank] = i;
      if (has_rank_of) rank_of[id] = rank;
    }
    if (id < features && (i + 1 == places || sorted[i + 1] >= features)) {
      starts[rank + 1] = i + 1;
      distinct[0] = rank + 1;
    } else if (i == 0 && id >= features) {
      starts[0] = 0;
      distinct[0] = 0;
    }
  }
}
