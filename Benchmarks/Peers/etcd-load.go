// Loads etcd as Client/load.c loads Pisces, and prints one line of figures.
//
//	etcd-load MODE URL CONNECTIONS CLIENTS SECONDS BYTES
//
// put: random keys of 10,000; batch: transactions of 100 puts; sget: serializable reads;
// range: 100 keys; watch: one writer, CLIENTS watchers of its key, RATE puts a second (environment;
// 0 is flat out).
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/clientv3"
)

const (
	keys  = 10000
	batch = 100
)

func quantile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := int(float64(len(sorted)) * share)
	if i >= len(sorted) {
		i = len(sorted) - 1
	}
	return float64(sorted[i].Nanoseconds()) / 1e3
}

func order(all []time.Duration) {
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
}

func key(i uint64) string { return fmt.Sprintf("k%08d", i) }

func puts(first uint64, value string) []clientv3.Op {
	ops := make([]clientv3.Op, 0, batch)
	for i := first; i < first+batch; i++ {
		ops = append(ops, clientv3.OpPut(key(i), value))
	}
	return ops
}

func seed(ctx context.Context, client *clientv3.Client, value string) {
	for first := uint64(0); first < keys; first += batch {
		if _, err := client.Txn(ctx).Then(puts(first, value)...).Commit(); err != nil {
			panic(err)
		}
	}
}

func once(ctx context.Context, client *clientv3.Client, mode, value string, random uint64) error {
	k := key((random >> 33) % keys)
	var err error
	switch mode {
	case "put":
		_, err = client.Put(ctx, k, value)
	case "batch":
		first := (random >> 33) % (keys - batch)
		_, err = client.Txn(ctx).Then(puts(first, value)...).Commit()
	case "sget":
		_, err = client.Get(ctx, k, clientv3.WithSerializable())
	case "range":
		_, err = client.Get(ctx, "k000", clientv3.WithPrefix(), clientv3.WithLimit(100),
			clientv3.WithSerializable())
	default:
		err = fmt.Errorf("there is no mode %s", mode)
	}
	return err
}

func closedLoop(
	ctx context.Context, all []*clientv3.Client, mode string, clients int, seconds float64,
	value string,
) {
	var group sync.WaitGroup
	took := make([][]time.Duration, clients)
	start := time.Now()
	end := start.Add(time.Duration(seconds * 1e9))
	for i := 0; i < clients; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			random := uint64(i*7919 + 1)
			for time.Now().Before(end) {
				random = random*6364136223846793005 + 1442695040888963407
				began := time.Now()
				if err := once(ctx, all[i%len(all)], mode, value, random); err != nil {
					panic(err)
				}
				took[i] = append(took[i], time.Since(began))
			}
		}(i)
	}
	group.Wait()
	elapsed := time.Since(start).Seconds()
	var sorted []time.Duration
	for _, some := range took {
		sorted = append(sorted, some...)
	}
	order(sorted)
	count := len(sorted)
	if mode == "batch" {
		count *= batch
	}
	fmt.Printf("ops=%.1f n=%d p50us=%.1f p99us=%.1f p999us=%.1f\n", float64(count)/elapsed, count,
		quantile(sorted, .5), quantile(sorted, .99), quantile(sorted, .999))
}

// What the watchers have seen: how late each event was, and the last of them for each put.
type sightings struct {
	sync.Mutex
	each  []time.Duration
	last  map[int64]time.Duration
	count int64
}

func (all *sightings) watch(ctx context.Context, client *clientv3.Client, ready chan<- bool) {
	type sighting struct {
		stamp int64
		late  time.Duration
	}
	var mine []sighting
	for answer := range client.Watch(ctx, "w", clientv3.WithCreatedNotify()) {
		if answer.Created {
			ready <- true
			continue
		}
		now := time.Now().UnixNano()
		for _, event := range answer.Events {
			if len(event.Kv.Value) < 8 {
				continue
			}
			stamp := int64(binary.LittleEndian.Uint64(event.Kv.Value))
			mine = append(mine, sighting{stamp, time.Duration(now - stamp)})
			atomic.AddInt64(&all.count, 1)
		}
	}
	all.Lock()
	defer all.Unlock()
	for _, one := range mine {
		all.each = append(all.each, one.late)
		if one.late > all.last[one.stamp] {
			all.last[one.stamp] = one.late
		}
	}
}

func watch(ctx context.Context, clients []*clientv3.Client, watchers int, seconds float64, bytes int) {
	all := sightings{last: map[int64]time.Duration{}}
	watching, cancel := context.WithCancel(ctx)
	ready := make(chan bool, watchers)
	var group sync.WaitGroup
	for i := 0; i < watchers; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			all.watch(watching, clients[1+i%(len(clients)-1)], ready)
		}(i)
	}
	for i := 0; i < watchers; i++ {
		<-ready
	}
	value := make([]byte, bytes)
	rate, _ := strconv.ParseFloat(os.Getenv("RATE"), 64)
	sent := 0
	start := time.Now()
	for time.Since(start).Seconds() < seconds {
		binary.LittleEndian.PutUint64(value, uint64(time.Now().UnixNano()))
		if _, err := clients[0].Put(ctx, "w", string(value)); err != nil {
			panic(err)
		}
		sent++
		if rate > 0 {
			time.Sleep(time.Duration(float64(sent)/rate*1e9) - time.Since(start))
		}
	}
	sending := time.Since(start).Seconds()
	limit := time.Now().Add(5 * time.Second)
	for atomic.LoadInt64(&all.count) < int64(sent*watchers) && time.Now().Before(limit) {
		time.Sleep(time.Millisecond)
	}
	elapsed := time.Since(start).Seconds()
	cancel()
	group.Wait()
	var last []time.Duration
	for _, late := range all.last {
		last = append(last, late)
	}
	order(all.each)
	order(last)
	fmt.Printf("events=%.1f puts=%.1f sent=%d got=%d evp50us=%.1f evp99us=%.1f lastp50us=%.1f "+
		"lastp99us=%.1f\n", float64(all.count)/elapsed, float64(sent)/sending, sent, all.count,
		quantile(all.each, .5), quantile(all.each, .99), quantile(last, .5), quantile(last, .99))
}

func number(word string) int {
	value, err := strconv.Atoi(word)
	if err != nil || value < 1 {
		panic(word + " is no count")
	}
	return value
}

func main() {
	if len(os.Args) != 7 {
		fmt.Fprintln(os.Stderr, "usage: etcd-load MODE URL CONNECTIONS CLIENTS SECONDS BYTES")
		os.Exit(2)
	}
	mode, url := os.Args[1], os.Args[2]
	clients, bytes := number(os.Args[4]), number(os.Args[6])
	seconds, err := strconv.ParseFloat(os.Args[5], 64)
	if err != nil {
		panic(err)
	}
	all := make([]*clientv3.Client, number(os.Args[3]))
	for i := range all {
		all[i], err = clientv3.New(
			clientv3.Config{Endpoints: strings.Split(url, ","), DialTimeout: 5 * time.Second})
		if err != nil {
			panic(err)
		}
	}
	value := make([]byte, bytes)
	for i := range value {
		value[i] = byte('a' + i%26)
	}
	ctx := context.Background()
	switch mode {
	case "watch":
		watch(ctx, all, clients, seconds, bytes)
	case "seed":
		seed(ctx, all[0], string(value))
	default:
		closedLoop(ctx, all, mode, clients, seconds, string(value))
	}
}
