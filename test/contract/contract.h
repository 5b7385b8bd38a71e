// The contract of the store's ports: one suite for every backend. A clause is a test that gets a
// fresh store; it is run on the adversary in memory under several seeds, and on the embedded store.
//
//     CLAUSE(a_removed_record_is_gone)
//     {
//         ...
//     }
//
// Clauses hold on any backend: they read pages until there is no cursor, ask indexes and feeds
// until they have caught up, and take a delivery that holds no lease for what it is.
#ifndef SHEAF_TEST_CONTRACT_CONTRACT_H
#define SHEAF_TEST_CONTRACT_CONTRACT_H

#include "store/blob.h"
#include "store/change.h"
#include "store/queue.h"
#include "sys/world.h"
#include "test/harness.h"

struct fixture {
    struct store *store;
    struct world *world; // simulated: its clock is moved with pass_s()
};

typedef void clause(struct scope *s, struct fixture *f);
void contract_on_memory(struct scope *s, clause *run);
void contract_on_embedded(struct scope *s, clause *run);

#define CLAUSE(sentence)                                                                           \
    static void clause_##sentence(struct scope *s, struct fixture *f);                             \
    TEST(sentence##_on_memory)                                                                     \
    {                                                                                              \
        contract_on_memory(s, clause_##sentence);                                                  \
    }                                                                                              \
    TEST(sentence##_on_embedded)                                                                   \
    {                                                                                              \
        contract_on_embedded(s, clause_##sentence);                                                \
    }                                                                                              \
    static void clause_##sentence(__attribute__((unused)) struct scope *s, struct fixture *f)

// The schema.
extern const struct table_def things;   // indexed by state and by owner, with a feed
extern const struct table_def arrivals; // in arrival order
extern const struct table_def tickets;  // records live TICKETS_KEEP_S
extern const struct queue_def work;     // 3 receives, leases of 30 s
extern const struct queue_def other;
extern const struct bucket_def files; // "tmp/" lives FILES_TMP_KEEP_S
extern const struct store_schema contract_schema;

enum {
    TICKETS_KEEP_S = 86400,
    FILES_TMP_KEEP_S = 3600,
    WORK_RECEIVES_MAX = 3,
    WORK_LEASE_S = 30,
    PATIENCE = 200, // how often to ask a backend that may lag
};

void pass_s(struct fixture *f, int64_t seconds);
// Lets the backend do all that is due.
void tend(struct scope *s, struct fixture *f);

// Puts one record with content and the attributes "state" and "rank" (NULL: none).
enum status put_thing(struct scope *s, struct fixture *f, struct str partition, struct str sort,
                      const char *state, const char *rank);
uint64_t version_of(struct scope *s, struct fixture *f, const struct table_def *table,
                    struct str partition, struct str sort);

// Reads all pages of a query; fails the test when a page is longer than the limit.
struct page query_all(struct scope *s, struct fixture *f, const struct query *query);
// Asks until the query gives `count` records, PATIENCE times at most.
struct page query_until(struct scope *s, struct fixture *f, const struct query *query,
                        size_t count);

enum status enqueue(struct scope *s, struct fixture *f, const struct queue_def *queue,
                    const char *body, int64_t delay_s);
// Takes one message, asking PATIENCE times; false when none came.
bool take_one(struct scope *s, struct fixture *f, const struct queue_def *queue,
              struct message *out);
// Settles; OK or CONFLICT when the lease is lost.
enum status settle(struct scope *s, struct fixture *f, const struct message *m);
enum status give_back(struct scope *s, struct fixture *f, const struct message *m, int64_t delay_s,
                      const char *why);
// Takes until a message comes that can be given back or settled: `end` is asked to.
bool end_one(struct scope *s, struct fixture *f, const struct queue_def *queue,
             enum status (*end)(struct scope *s, struct fixture *f, const struct message *m),
             struct message *out);
// Whether no message comes that could be settled. Settles what comes.
bool is_drained(struct scope *s, struct fixture *f, const struct queue_def *queue);

#endif
