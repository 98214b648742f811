// The distinct ids of a batch, ascending, and the places of each: a stable radix sort of the places by
// their ids, DIGIT bits at a time. Counts are integers and every place has one target, so that the result
// does not depend on the order in which work-items run.

// The work-items of a group of a scan, and the numbers that each adds up.
#define SCANNERS 128
#define EACH 16

// The number by which an id is sorted: absent ids come last.
static int key(int id, int features) { return id < 0 ? features : id; }

#define DIGITS (1 << DIGIT)

// counts[digit, share]: how often each digit stands in a share of the ids. One work-item a share of SHARE
// places.
kernel void count_digits(
    int places, int shares, global const int *ids, int features, int shift, global int *counts) {
  const int share = get_global_id(0);
  if (share >= shares) return;
  const int end = min(share * SHARE + SHARE, places);
  int found[DIGITS] = {0};
  for (int i = share * SHARE; i < end; ++i) ++found[key(ids[i], features) >> shift & (DIGITS - 1)];
  for (int digit = 0; digit < DIGITS; ++digit) counts[digit * shares + share] = found[digit];
}

// Replaces each number by the sum of those before it in its block, and leaves the blocks' sums.
// One work-group of SCANNERS a block of SCANNERS × `each` numbers.
kernel void scan(int count, int each, global int *numbers, global int *sums) {
  local int ends[SCANNERS];
  const int me = get_local_id(0);
  const int begin = min(((int)get_group_id(0) * SCANNERS + me) * each, count);
  const int end = min(begin + each, count);
  int sum = 0;
  for (int i = begin; i < end; ++i) sum += numbers[i];
  ends[me] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int step = 1; step < SCANNERS; step *= 2) {
    const int before = me >= step ? ends[me - step] : 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    ends[me] += before;
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  int before = ends[me] - sum;
  for (int i = begin; i < end; ++i) {
    const int number = numbers[i];
    numbers[i] = before;
    before += number;
  }
  if (me == SCANNERS - 1) sums[get_group_id(0)] = ends[me];
}

// The sum of all numbers before the i-th, once the blocks' sums have been scanned too.
static int sum_before(int i, global const int *numbers, global const int *sums) {
  return numbers[i] + sums[i / (SCANNERS * EACH)];
}

// Moves the ids and their places by a digit; without places, a place is where an id stands.
// One work-item a share.
kernel void move_by_digit(
    int places, int shares, global const int *ids, global const int *from, int has_places,
    int features, int shift, global const int *counts, global const int *sums,
    global int *sorted_ids, global int *to) {
  const int share = get_global_id(0);
  if (share >= shares) return;
  const int end = min(share * SHARE + SHARE, places);
  int next[DIGITS];
  for (int digit = 0; digit < DIGITS; ++digit) {
    next[digit] = sum_before(digit * shares + share, counts, sums);
  }
  for (int i = share * SHARE; i < end; ++i) {
    const int id = key(ids[i], features);
    const int target = next[id >> shift & (DIGITS - 1)]++;
    sorted_ids[target] = id;
    to[target] = has_places ? from[i] : i;
  }
}

// Whether an id stands at i for the first time; absent ids never do.
static int is_first(int i, int features, global const int *sorted) {
  return sorted[i] < features && (i == 0 || sorted[i] != sorted[i - 1]);
}

// 1 where an id stands for the first time. One work-item a place.
kernel void mark_ids(int places, global const int *sorted, int features, global int *marks) {
  const int i = get_global_id(0);
  if (i < places) marks[i] = is_first(i, features, sorted);
}

// From the scanned marks: the distinct ids, where the places of each begin and the last one's end, how
// many ids there are, and for each sorted place which of them stands there. One work-item a place.
kernel void list_ids(
    int places, global const int *sorted, int features, global const int *sums,
    global int *ranks, global int *ids, global int *starts, global int *distinct) {
  const int i = get_global_id(0);
  if (i >= places) return;
  const int first = is_first(i, features, sorted);
  const int rank = sum_before(i, ranks, sums) + first - 1;
  ranks[i] = rank;
  if (first) {
    ids[rank] = sorted[i];
    starts[rank] = i;
  }
  if (sorted[i] < features && (i + 1 == places || sorted[i + 1] >= features)) {
    starts[rank + 1] = i + 1;
    distinct[0] = rank + 1;
  } else if (i == 0 && sorted[0] >= features) {
    starts[0] = 0;
    distinct[0] = 0;
  }
}
