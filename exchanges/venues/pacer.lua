-- One step for all processes: looks at every budget of a call, and takes from all or from none.
-- KEYS: the venue's pause, then each budget. ARGV: now in ms (0: this server's clock), SLOTS, then
-- of each budget: weight, ceiling, limit, slot_ms.
-- Answers {1 if taken, ms to wait (-1: never), now in ms, which budget refused (0: the pause)}.
-- The same arithmetic as exchanges/core/budgets.py, where it is explained; a test holds them equal.
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local pause = redis.call('PTTL', KEYS[1])
if pause > 0 then return {0, pause, now, 0} end

local size = tonumber(ARGV[2]) + 1
local names = {}
for i = 0, size - 1 do names[i + 1] = i end

-- What each slot holds at this moment, by its place; what is too old holds nothing.
local function counts(key, slot, before)
  local kept, taken = redis.call('HMGET', key, unpack(names)), {}
  for number = slot - size + 1, slot do
    local place = number % size
    local is_kept = number <= before and number > before - size
    taken[place] = is_kept and tonumber(kept[place + 1] or 0) or 0
  end
  return taken
end

local states, wait, refused = {}, 0, 0
for b = 1, #KEYS - 1 do
  local key, at = KEYS[b + 1], 2 + (b - 1) * 4
  local weight, ceiling = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local limit, slot_ms = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  if weight > limit then return {0, -1, now, b} end
  local kept = redis.call('HMGET', key, 'slot', 'used')
  local before, used, taken = tonumber(kept[1] or 0), tonumber(kept[2] or 0), nil
  local slot = math.max(before, math.floor(now / slot_ms))
  if slot > before then -- some of it may be over
    taken, used = counts(key, slot, before), 0
    for place = 0, size - 1 do used = used + taken[place] end
  end
  if used + weight > ceiling and used > 0 then
    taken = taken or counts(key, slot, before)
    local left = used
    for age = size - 1, 0, -1 do
      left = left - taken[(slot - age) % size]
      if left + weight <= ceiling or left == 0 then
        local free = math.max(1, (slot - age + size) * slot_ms - now)
        if free > wait then wait, refused = free, b end
        break
      end
    end
  end
  states[b] = {slot, before, used, weight, slot_ms}
end
if wait > 0 then return {0, wait, now, refused} end

for b = 1, #KEYS - 1 do
  local key, slot, before, used, weight, slot_ms = KEYS[b + 1], unpack(states[b])
  if slot == before then
    redis.call('HINCRBY', key, slot % size, weight)
    redis.call('HINCRBY', key, 'used', weight)
  else
    local changed = {'slot', slot, 'used', used + weight, slot % size, weight}
    for number = math.max(before + 1, slot - size + 1), slot - 1 do
      changed[#changed + 1] = number % size
      changed[#changed + 1] = 0
    end
    redis.call('HSET', key, unpack(changed))
    redis.call('PEXPIRE', key, (size + 1) * slot_ms)
  end
end
return {1, 0, now, 0}
