using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class GiftsPointsAndGoods : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "bonus_points",
                table: "orders",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "recipient_email",
                table: "order_lines",
                type: "TEXT",
                maxLength: 254,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "units",
                table: "order_lines",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "account_kind",
                table: "membership_events",
                type: "TEXT",
                maxLength: 32,
                nullable: false,
                defaultValue: "personal");

            migrationBuilder.AddColumn<long>(
                name: "taken_seconds",
                table: "membership_events",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "gifts_from_members_only",
                table: "members",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "sign_up_code_id",
                table: "members",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "anonymous",
                table: "deliveries",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "recipient_email",
                table: "deliveries",
                type: "TEXT",
                maxLength: 254,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "consent_days",
                table: "cart_lines",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "recipient_email",
                table: "cart_lines",
                type: "TEXT",
                maxLength: 254,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "units",
                table: "cart_lines",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "browser_members",
                columns: table => new
                {
                    key_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    seen_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_browser_members", x => new { x.key_hash, x.member_id });
                    table.ForeignKey(
                        name: "fk_browser_members_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "delivery_changes",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    delivery_id = table.Column<long>(type: "INTEGER", nullable: false),
                    field = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    old = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    @new = table.Column<string>(name: "new", type: "TEXT", maxLength: 500, nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor_id = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_delivery_changes", x => x.id);
                    table.ForeignKey(
                        name: "fk_delivery_changes_deliveries_delivery_id",
                        column: x => x.delivery_id,
                        principalTable: "deliveries",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "expiry_notices",
                columns: table => new
                {
                    account_id = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: false),
                    stage = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_expiry_notices", x => new { x.account_id, x.until, x.stage });
                    table.ForeignKey(
                        name: "fk_expiry_notices_members_account_id",
                        column: x => x.account_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "gift_bans",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    banned_id = table.Column<long>(type: "INTEGER", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_gift_bans", x => new { x.member_id, x.banned_id });
                    table.ForeignKey(
                        name: "fk_gift_bans_members_banned_id",
                        column: x => x.banned_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_gift_bans_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "maintainers",
                columns: table => new
                {
                    community_id = table.Column<long>(type: "INTEGER", nullable: false),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_maintainers", x => new { x.community_id, x.member_id });
                    table.ForeignKey(
                        name: "fk_maintainers_members_community_id",
                        column: x => x.community_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_maintainers_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "points_transfers",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    sender_id = table.Column<long>(type: "INTEGER", nullable: false),
                    recipient_id = table.Column<long>(type: "INTEGER", nullable: false),
                    form_key = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    points = table.Column<long>(type: "INTEGER", nullable: false),
                    note = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    anonymous = table.Column<int>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    journal_id = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_points_transfers", x => x.id);
                    table.CheckConstraint("ck_points_transfers_people", "\"sender_id\" <> \"recipient_id\"");
                    table.CheckConstraint("ck_points_transfers_points", "\"points\" > 0");
                    table.ForeignKey(
                        name: "fk_points_transfers_journals_journal_id",
                        column: x => x.journal_id,
                        principalTable: "journals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_points_transfers_members_recipient_id",
                        column: x => x.recipient_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_points_transfers_members_sender_id",
                        column: x => x.sender_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "rename_tokens",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    code = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    owner_id = table.Column<long>(type: "INTEGER", nullable: false),
                    delivery_id = table.Column<long>(type: "INTEGER", nullable: false),
                    piece = table.Column<int>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    used_at = table.Column<long>(type: "INTEGER", nullable: true),
                    old_name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    new_name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    reason = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rename_tokens", x => x.id);
                    table.CheckConstraint("ck_rename_tokens_used", "(\"state\" = 'applied') = (\"used_at\" IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_rename_tokens_deliveries_delivery_id",
                        column: x => x.delivery_id,
                        principalTable: "deliveries",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_rename_tokens_members_owner_id",
                        column: x => x.owner_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "sign_up_codes",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    word = table.Column<string>(type: "TEXT", maxLength: 25, nullable: true),
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    @class = table.Column<string>(name: "class", type: "TEXT", maxLength: 32, nullable: true),
                    months = table.Column<int>(type: "INTEGER", nullable: false),
                    days = table.Column<int>(type: "INTEGER", nullable: false),
                    max_uses = table.Column<long>(type: "INTEGER", nullable: false),
                    used = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: true),
                    suggests = table.Column<string>(type: "TEXT", maxLength: 25, nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_by = table.Column<long>(type: "INTEGER", nullable: false),
                    emptied_at = table.Column<long>(type: "INTEGER", nullable: true),
                    emptied_by = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_up_codes", x => x.id);
                    table.CheckConstraint("ck_sign_up_codes_secret", "(\"word\" IS NULL) <> (\"hash\" IS NULL)");
                    table.CheckConstraint("ck_sign_up_codes_used", "\"used\" BETWEEN 0 AND \"max_uses\"");
                });

            migrationBuilder.CreateTable(
                name: "sign_up_code_uses",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    code_id = table.Column<long>(type: "INTEGER", nullable: false),
                    outcome = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_up_code_uses", x => x.member_id);
                    table.ForeignKey(
                        name: "fk_sign_up_code_uses_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_sign_up_code_uses_sign_up_codes_code_id",
                        column: x => x.code_id,
                        principalTable: "sign_up_codes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_memberships_until",
                table: "memberships",
                column: "until");

            migrationBuilder.CreateIndex(
                name: "ix_members_sign_up_code_id",
                table: "members",
                column: "sign_up_code_id",
                filter: "\"sign_up_code_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_deliveries_recipient_id",
                table: "deliveries",
                column: "recipient_id");

            migrationBuilder.CreateIndex(
                name: "ix_browser_members_member_id",
                table: "browser_members",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_delivery_changes_delivery_id",
                table: "delivery_changes",
                column: "delivery_id");

            migrationBuilder.CreateIndex(
                name: "ix_gift_bans_banned_id",
                table: "gift_bans",
                column: "banned_id");

            migrationBuilder.CreateIndex(
                name: "ix_maintainers_member_id",
                table: "maintainers",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_points_transfers_journal_id",
                table: "points_transfers",
                column: "journal_id",
                unique: true,
                filter: "\"journal_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_points_transfers_recipient_id",
                table: "points_transfers",
                column: "recipient_id");

            migrationBuilder.CreateIndex(
                name: "ix_points_transfers_sender_id_form_key",
                table: "points_transfers",
                columns: new[] { "sender_id", "form_key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_rename_tokens_code",
                table: "rename_tokens",
                column: "code",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_rename_tokens_delivery_id_piece",
                table: "rename_tokens",
                columns: new[] { "delivery_id", "piece" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_rename_tokens_owner_id",
                table: "rename_tokens",
                column: "owner_id");

            migrationBuilder.CreateIndex(
                name: "ix_sign_up_code_uses_code_id",
                table: "sign_up_code_uses",
                column: "code_id");

            migrationBuilder.CreateIndex(
                name: "ix_sign_up_codes_hash",
                table: "sign_up_codes",
                column: "hash",
                unique: true,
                filter: "\"hash\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sign_up_codes_word",
                table: "sign_up_codes",
                column: "word",
                unique: true,
                filter: "\"word\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "browser_members");

            migrationBuilder.DropTable(
                name: "delivery_changes");

            migrationBuilder.DropTable(
                name: "expiry_notices");

            migrationBuilder.DropTable(
                name: "gift_bans");

            migrationBuilder.DropTable(
                name: "maintainers");

            migrationBuilder.DropTable(
                name: "points_transfers");

            migrationBuilder.DropTable(
                name: "rename_tokens");

            migrationBuilder.DropTable(
                name: "sign_up_code_uses");

            migrationBuilder.DropTable(
                name: "sign_up_codes");

            migrationBuilder.DropIndex(
                name: "ix_memberships_until",
                table: "memberships");

            migrationBuilder.DropIndex(
                name: "ix_members_sign_up_code_id",
                table: "members");

            migrationBuilder.DropIndex(
                name: "ix_deliveries_recipient_id",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "bonus_points",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "recipient_email",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "units",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "account_kind",
                table: "membership_events");

            migrationBuilder.DropColumn(
                name: "taken_seconds",
                table: "membership_events");

            migrationBuilder.DropColumn(
                name: "gifts_from_members_only",
                table: "members");

            migrationBuilder.DropColumn(
                name: "sign_up_code_id",
                table: "members");

            migrationBuilder.DropColumn(
                name: "anonymous",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "recipient_email",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "consent_days",
                table: "cart_lines");

            migrationBuilder.DropColumn(
                name: "recipient_email",
                table: "cart_lines");

            migrationBuilder.DropColumn(
                name: "units",
                table: "cart_lines");
        }
    }
}
