-- KEYS[1]: nodes by the time at which they expire, in milliseconds of Redis's clock
-- ARGV: this node; its life in milliseconds, 0 when it goes
-- Answers whether the node was missing, and those that are alive.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local missing = redis.call('ZSCORE', KEYS[1], ARGV[1]) == false
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if tonumber(ARGV[2]) > 0 then
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
else
  redis.call('ZREM', KEYS[1], ARGV[1])
end
local alive = redis.call('ZRANGE', KEYS[1], 0, -1)
table.insert(alive, 1, missing and '1' or '0')
return alive
