using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>The tables of members, memberships, ledger and rule book. The shop's context derives from it, so one transaction covers both.</summary>
public abstract class AccountsDbContext(DbContextOptions options) : IdentityDbContext<Member, StaffRole, long>(options)
{
    public DbSet<Maintainer> Maintainers => Set<Maintainer>();

    public DbSet<GiftBan> GiftBans => Set<GiftBan>();

    public DbSet<BrowserMember> BrowserMembers => Set<BrowserMember>();

    public DbSet<AccountActivity> Activities => Set<AccountActivity>();

    public DbSet<CircleEntry> Circle => Set<CircleEntry>();

    public DbSet<VirtualGiftWish> VirtualGiftWishes => Set<VirtualGiftWish>();

    public DbSet<NamedSender> NamedSenders => Set<NamedSender>();

    public DbSet<Membership> Memberships => Set<Membership>();

    public DbSet<MembershipEvent> MembershipEvents => Set<MembershipEvent>();

    public DbSet<ExpiryNotice> ExpiryNotices => Set<ExpiryNotice>();

    public DbSet<SignUpCode> SignUpCodes => Set<SignUpCode>();

    public DbSet<SignUpCodeUse> SignUpCodeUses => Set<SignUpCodeUse>();

    public DbSet<LedgerAccount> LedgerAccounts => Set<LedgerAccount>();

    public DbSet<AccountBalance> AccountBalances => Set<AccountBalance>();

    public DbSet<Journal> Journals => Set<Journal>();

    public DbSet<Entry> Entries => Set<Entry>();

    public DbSet<RuleRevision> RuleRevisions => Set<RuleRevision>();

    public DbSet<RuleSectionRow> RuleSections => Set<RuleSectionRow>();

    public DbSet<RuleDraft> RuleDrafts => Set<RuleDraft>();

    public DbSet<SignInTicket> SignInTickets => Set<SignInTicket>();

    public DbSet<SecondFactor> SecondFactors => Set<SecondFactor>();

    public DbSet<RecoveryCode> RecoveryCodes => Set<RecoveryCode>();

    public DbSet<SignInFailure> SignInFailures => Set<SignInFailure>();

    public DbSet<KeyRingEntry> KeyRing => Set<KeyRingEntry>();

    public DbSet<ServerSecret> ServerSecrets => Set<ServerSecret>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        ModelConventions.Configure(configurationBuilder);

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);

        builder.Entity<Member>(member =>
        {
            member.ToTable("members");
            member.Property(m => m.TimeZone).HasMaxLength(64);
            member.Property(m => m.Culture).HasMaxLength(20);
            member.HasIndex(m => m.SignUpCodeId).HasFilter("\"sign_up_code_id\" IS NOT NULL");
            member.Property(m => m.GiftsFromMembersOnly).HasDefaultValue(false); // added later, and every row has it

            // Identity's own index on the address stands beside it; this one is the rule: unique among confirmed addresses.
            member.HasIndex(m => m.NormalizedEmail, "ux_members_confirmed_email").IsUnique().HasFilter("\"email_confirmed\" = 1");
        });

        builder.Entity<StaffRole>().ToTable("roles");
        builder.Entity<IdentityUserRole<long>>().ToTable("member_roles");
        builder.Entity<IdentityUserClaim<long>>().ToTable("member_claims");
        builder.Entity<IdentityUserLogin<long>>(login =>
        {
            login.ToTable("member_logins");
            login.HasIndex(l => new { l.UserId, l.LoginProvider }, "ux_member_logins_one_each").IsUnique(); // a member has one account of each other site
        });
        builder.Entity<IdentityUserToken<long>>().ToTable("member_tokens");
        builder.Entity<IdentityRoleClaim<long>>().ToTable("role_claims");
        builder.Entity<IdentityUserPasskey<long>>().ToTable("member_passkeys");

        builder.Entity<Maintainer>(maintainer =>
        {
            maintainer.ToTable("maintainers");
            maintainer.HasKey(m => new { m.CommunityId, m.MemberId });
            maintainer.HasIndex(m => m.MemberId);
            maintainer.HasOne<Member>().WithMany().HasForeignKey(m => m.CommunityId).OnDelete(DeleteBehavior.Restrict);
            maintainer.HasOne<Member>().WithMany().HasForeignKey(m => m.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<GiftBan>(ban =>
        {
            ban.ToTable("gift_bans");
            ban.HasKey(b => new { b.MemberId, b.BannedId });
            ban.HasOne<Member>().WithMany().HasForeignKey(b => b.MemberId).OnDelete(DeleteBehavior.Restrict);
            ban.HasOne<Member>().WithMany().HasForeignKey(b => b.BannedId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<VirtualGiftWish>(wish =>
        {
            wish.ToTable("virtual_gift_wishes");
            wish.HasKey(w => w.MemberId);
            wish.Property(w => w.MemberId).ValueGeneratedNever();
            wish.HasOne<Member>().WithMany().HasForeignKey(w => w.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<NamedSender>(sender =>
        {
            sender.ToTable("named_senders");
            sender.HasKey(s => new { s.MemberId, s.SenderId });
            sender.HasOne<Member>().WithMany().HasForeignKey(s => s.MemberId).OnDelete(DeleteBehavior.Restrict);
            sender.HasOne<Member>().WithMany().HasForeignKey(s => s.SenderId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<BrowserMember>(browser =>
        {
            browser.ToTable("browser_members");
            browser.HasKey(b => new { b.KeyHash, b.MemberId });
            browser.Property(b => b.KeyHash).HasMaxLength(64);
            browser.HasOne<Member>().WithMany().HasForeignKey(b => b.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<AccountActivity>(activity =>
        {
            activity.ToTable("account_activity", table => table.HasCheckConstraint(
                "ck_account_activity_numbers", "\"posts\" >= 0 AND \"comments\" >= 0 AND \"recent_posts\" >= 0 AND \"recent_comments\" >= 0 AND \"members\" >= 0"));
            activity.HasKey(a => a.AccountId);
            activity.Property(a => a.AccountId).ValueGeneratedNever();
            activity.HasOne<Member>().WithOne().HasForeignKey<AccountActivity>(a => a.AccountId).OnDelete(DeleteBehavior.Restrict);

            // a draw reads on from a random place of it and needs no table until somebody fits
            activity.HasIndex(a => new { a.Kind, a.Spot, a.AccountId, a.LastPostAt, a.Posts }, "ix_account_activity_draw");
        });

        builder.Entity<CircleEntry>(entry =>
        {
            entry.ToTable("circle");
            entry.HasKey(c => new { c.MemberId, c.OtherId });
            entry.HasOne<Member>().WithMany().HasForeignKey(c => c.MemberId).OnDelete(DeleteBehavior.Restrict);
            entry.HasOne<Member>().WithMany().HasForeignKey(c => c.OtherId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<Membership>(membership =>
        {
            membership.ToTable("memberships");
            membership.HasKey(m => m.AccountId);
            membership.Property(m => m.AccountId).ValueGeneratedNever();
            membership.HasOne<Member>().WithOne().HasForeignKey<Membership>(m => m.AccountId).OnDelete(DeleteBehavior.Restrict);
            membership.Property(m => m.Class).HasMaxLength(32);
            membership.HasIndex(m => m.Until);
        });

        builder.Entity<SignUpCode>(code =>
        {
            code.ToTable("sign_up_codes", table =>
            {
                table.HasCheckConstraint("ck_sign_up_codes_used", "\"used\" BETWEEN 0 AND \"max_uses\"");
                table.HasCheckConstraint("ck_sign_up_codes_secret", "(\"word\" IS NULL) <> (\"hash\" IS NULL)");
            });
            code.Property(c => c.Word).HasMaxLength(25);
            code.Property(c => c.Hash).HasMaxLength(64);
            code.Property(c => c.Class).HasMaxLength(32);
            code.Property(c => c.Suggests).HasMaxLength(25);
            code.HasIndex(c => c.Word).IsUnique().HasFilter("\"word\" IS NOT NULL");
            code.HasIndex(c => c.Hash).IsUnique().HasFilter("\"hash\" IS NOT NULL");
            code.Ignore(c => c.Time);
        });

        builder.Entity<SignUpCodeUse>(use =>
        {
            use.ToTable("sign_up_code_uses");
            use.HasKey(u => u.MemberId);
            use.Property(u => u.MemberId).ValueGeneratedNever();
            use.HasOne<Member>().WithOne().HasForeignKey<SignUpCodeUse>(u => u.MemberId).OnDelete(DeleteBehavior.Restrict);
            use.HasOne<SignUpCode>().WithMany().HasForeignKey(u => u.CodeId).OnDelete(DeleteBehavior.Restrict);
            use.HasIndex(u => u.CodeId);
        });

        builder.Entity<ExpiryNotice>(notice =>
        {
            notice.ToTable("expiry_notices");
            notice.HasKey(n => new { n.AccountId, n.Until, n.Stage });
            notice.HasOne<Member>().WithMany().HasForeignKey(n => n.AccountId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<MembershipEvent>(change =>
        {
            change.ToTable("membership_events", table => table.HasCheckConstraint(
                "ck_membership_events_amount", "\"months\" BETWEEN 0 AND 99 AND \"days\" BETWEEN 0 AND 31"));
            change.Property(e => e.SourceId).HasMaxLength(64);
            change.Property(e => e.AccountKind).HasDefaultValue(AccountKind.Personal); // added later, and every row has it
            change.Property(e => e.UnpaidMonths).HasDefaultValue(0); // added later, and every row has it
            change.Property(e => e.TakenSeconds).HasDefaultValue(0L); // added later, and every row has it
            change.Property(e => e.Class).HasMaxLength(32);
            change.Property(e => e.RevokedReason).HasMaxLength(200);
            change.HasIndex(e => e.SourceId).IsUnique();
            change.HasIndex(e => e.AccountId);
            change.HasOne<Member>().WithMany().HasForeignKey(e => e.AccountId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<LedgerAccount>(account =>
        {
            account.ToTable("ledger_accounts");
            account.Property(a => a.Code).HasMaxLength(96);
            account.Property(a => a.Unit).HasMaxLength(8);
            account.HasIndex(a => a.Code).IsUnique();
        });

        builder.Entity<AccountBalance>(balance =>
        {
            balance.ToTable("account_balances", table => table.HasCheckConstraint("ck_account_balances_floor", "\"balance\" >= 0"));
            balance.HasKey(b => b.AccountId);
            balance.Property(b => b.AccountId).ValueGeneratedNever();
            balance.HasOne<LedgerAccount>().WithOne().HasForeignKey<AccountBalance>(b => b.AccountId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<Journal>(journal =>
        {
            journal.ToTable("journals", table => LedgerGuards.Declare(table, "journals"));
            journal.Property(j => j.IdemKey).HasMaxLength(96);
            journal.Property(j => j.Kind).HasMaxLength(32);
            journal.Property(j => j.Reason).HasMaxLength(200);
            journal.HasIndex(j => j.IdemKey).IsUnique();
            journal.HasIndex(j => j.ReversesId).IsUnique().HasFilter("\"reverses_id\" IS NOT NULL");
            journal.HasIndex(j => j.ResolvesHold).IsUnique().HasFilter("\"resolves_hold\" IS NOT NULL");
            journal.HasIndex(j => new { j.OrderId, j.Kind });
            journal.HasIndex(j => new { j.PaymentId, j.Kind });
            journal.HasIndex(j => new { j.RefundId, j.Kind });
            journal.HasMany(j => j.Entries).WithOne().HasForeignKey(e => e.JournalId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<Entry>(entry =>
        {
            entry.ToTable("entries", table =>
            {
                LedgerGuards.Declare(table, "entries");
                table.HasCheckConstraint("ck_entries_amount", "\"amount\" <> 0");
            });
            entry.Property(e => e.Unit).HasMaxLength(8);
            entry.HasIndex(e => e.JournalId);
            entry.HasIndex(e => new { e.AccountId, e.Amount });
            entry.HasOne<LedgerAccount>().WithMany().HasForeignKey(e => e.AccountId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<RuleRevision>(revision =>
        {
            revision.ToTable("rule_revisions");
            revision.Property(r => r.Id).ValueGeneratedNever();
            revision.Property(r => r.Reason).HasMaxLength(500);
            revision.HasMany(r => r.Sections).WithOne().HasForeignKey(s => s.RevisionId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<RuleSectionRow>(section =>
        {
            section.ToTable("rule_sections");
            section.HasKey(s => new { s.RevisionId, s.Name });
            section.Property(s => s.Name).HasMaxLength(64);
        });

        builder.Entity<RuleDraft>(draft =>
        {
            draft.ToTable("rule_drafts", table => table.HasCheckConstraint(
                "ck_rule_drafts_published", $"(\"state\" = '{Words.Of(RuleDraftState.Published)}') = (\"revision_id\" IS NOT NULL)"));
            draft.Property(d => d.Reason).HasMaxLength(500);
            draft.HasIndex(d => d.RevisionId).IsUnique().HasFilter("\"revision_id\" IS NOT NULL");
            draft.HasOne<RuleRevision>().WithMany().HasForeignKey(d => d.BasedOn).OnDelete(DeleteBehavior.Restrict);
            draft.HasOne<RuleRevision>().WithMany().HasForeignKey(d => d.RevisionId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<SignInTicket>(ticket =>
        {
            ticket.ToTable("sign_in_tickets");
            ticket.Property(t => t.KeyHash).HasMaxLength(64);
            ticket.Property(t => t.Device).HasMaxLength(SignInTicket.MostDevice);
            ticket.Property(t => t.Network).HasMaxLength(45);
            ticket.HasIndex(t => t.KeyHash).IsUnique();
            ticket.HasIndex(t => t.MemberId);
            ticket.HasIndex(t => t.ExpiresAt);
        });

        builder.Entity<SecondFactor>(factor =>
        {
            factor.ToTable("second_factors");
            factor.HasKey(f => f.MemberId);
            factor.Property(f => f.MemberId).ValueGeneratedNever();
            factor.Property(f => f.Secret).HasMaxLength(500);
            factor.HasOne<Member>().WithOne().HasForeignKey<SecondFactor>(f => f.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<RecoveryCode>(code =>
        {
            code.ToTable("recovery_codes");
            code.Property(c => c.Hash).HasMaxLength(200);
            code.HasIndex(c => c.MemberId);
            code.HasOne<Member>().WithMany().HasForeignKey(c => c.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<SignInFailure>(failure =>
        {
            failure.ToTable("sign_in_failures");
            failure.Property(f => f.Action).HasMaxLength(32);
            failure.Property(f => f.NameHash).HasMaxLength(64);
            failure.Property(f => f.AddressHash).HasMaxLength(64);
            failure.HasIndex(f => new { f.Action, f.NameHash, f.At });
            failure.HasIndex(f => new { f.Action, f.AddressHash, f.At });
        });

        builder.Entity<KeyRingEntry>(entry =>
        {
            entry.ToTable("key_ring");
            entry.Property(e => e.FriendlyName).HasMaxLength(200);
        });

        builder.Entity<ServerSecret>(secret =>
        {
            secret.ToTable("server_secrets");
            secret.HasKey(s => s.Name);
            secret.Property(s => s.Name).HasMaxLength(64);
        });
    }
}
