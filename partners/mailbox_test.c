#include "partners/mailbox.h"

#include "core/buf.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/sign_fixture.h"

TEST(a_mailbox_is_read_and_its_invitations_are_followed)
{
    struct sign_fixture *f = sign_fixture_start(s, &(struct sign_fixture_options){0});
    struct buf report = buf_make(s, 4096);
    REQUIRE(f != NULL);
    struct str folder = test_directory(s);
    struct mailbox_options options = {.folder = folder, .seed = 1};
    struct str path = str_concat(s, 2, folder, str("/signing-b1-1-invitation.acme.eml"));
    sign_fixture_to_folder(folder);

    struct mailbox *box = mailbox_new(&options);
    EXPECT(!mailbox_turn(box));
    EXPECT_OK(file_write_whole(s, world_real(), path, f->link));
    EXPECT(mailbox_turn(box));
    EXPECT(!mailbox_turn(box));
    mailbox_report(box, &report);
    mailbox_free(box);
    sign_fixture_to_folder((struct str){0});

    EXPECT_EQUAL(sign_fixture_session(f).state, SESSION_SIGNED);
    EXPECT_STR(buf_str(&report), "{\"signed\":1,\"rejected\":0,\"refused\":0,\"away\":0,"
                                 "\"late\":0,\"failed\":0}");
}
