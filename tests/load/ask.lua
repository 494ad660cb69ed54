-- SPDX-License-Identifier: Apache-2.0
-- For wrk: requests out of a file, and the figures as one line of JSON.
--   wrk … -s ask.lua ADDRESS -- MODE FILE [HEADERS]
-- any: paths at random; a tab and a text after a path is its If-None-Match.
-- once: the paths in order, each once, shared out among the threads (from the start again at the end).
-- post: bodies at random, sent as JSON to the address itself.
-- HEADERS: a file with a header a line, so that no key stands in an argument.
-- The environment's CONNECTIONS is what -c says.
local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

function init(args)
	mode = args[1]
	requests = {}
	math.randomseed(number * 7919 + 17)
	for line in args[3] and io.lines(args[3]) or function() end do
		local name, value = line:match("^([^:]+): (.*)$")
		wrk.headers[name] = value
	end
	local i = 0
	for line in io.lines(args[2]) do
		local headers = {}
		for name, value in pairs(wrk.headers) do headers[name] = value end
		if mode == "post" then
			headers["Content-Type"] = "application/json"
			requests[#requests + 1] = wrk.format("POST", nil, headers, line)
		else
			local path, tag = line:match("^([^\t]+)\t?(.*)$")
			if tag ~= "" then headers["If-None-Match"] = tag end
			-- both threads of a run with `once` have every second path
			if mode ~= "once" or i % 2 == number % 2 then
				requests[#requests + 1] = wrk.format("GET", path, headers)
			end
		end
		i = i + 1
	end
	at = 0
end

function request()
	if mode == "once" then
		at = at % #requests + 1
		return requests[at]
	end
	return requests[math.random(#requests)]
end

-- Behind each latency of more than twice the mean time between the requests of a client, wrk puts in those that the client
-- would have seen had it gone on asking: such times less one interval, less two, and so on.  They are taken out again
-- here, from the longest on, as the others count how long clients truly waited.
local function put_in(latency, summary, connections)
	local interval = math.floor(summary.duration / math.floor(summary.requests / connections))
	local added, total = {}, 0
	for i = #latency, 1, -1 do
		local value, count = latency(i)
		if value < 2 * interval then break end
		local own = count - (added[value] or 0)
		for less = value - interval, interval + 1, -interval do
			added[less] = (added[less] or 0) + own
			total = total + own
		end
	end
	return added, total
end

-- Percentiles and the mean of what was measured, in microseconds.
local function measured(latency, summary, connections)
	if summary.requests < connections then
		return latency.mean, function(p) return latency:percentile(p) end
	end
	local added, total = put_in(latency, summary, connections)
	local values, sum, all = {}, 0, summary.requests + total
	for value, count in pairs(added) do
		values[#values + 1] = value
		sum = sum + value * count
	end
	table.sort(values)
	local function before(value) -- how many that were put in are no longer than that
		local n = 0
		for _, v in ipairs(values) do
			if v > value then break end
			n = n + added[v]
		end
		return n
	end
	return (latency.mean * all - sum) / summary.requests, function(p)
		local low, high = 0, 100
		for _ = 1, 30 do
			local middle = (low + high) / 2
			if middle / 100 * all - before(latency:percentile(middle)) < p / 100 * summary.requests then low = middle else high = middle end
		end
		return latency:percentile(high)
	end
end

function done(summary, latency)
	local e = summary.errors
	local mean, percentile = measured(latency, summary, tonumber(os.getenv("CONNECTIONS")))
	io.write(string.format('BENCH {"requests":%d,"duration_us":%d,"bytes":%d,"status":%d,"connect":%d,"read":%d,"write":%d,' ..
		'"timeout":%d,"mean_us":%.1f,"p50_us":%d,"p90_us":%d,"p99_us":%d,"max_us":%d}\n',
		summary.requests, summary.duration, summary.bytes, e.status, e.connect, e.read, e.write, e.timeout,
		mean, percentile(50), percentile(90), percentile(99), latency.max))
end
