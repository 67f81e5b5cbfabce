using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Gifts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "recipient_email",
                table: "order_lines",
                type: "TEXT",
                maxLength: 254,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "gifts_from_members_only",
                table: "members",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "browser_members");

            migrationBuilder.DropTable(
                name: "delivery_changes");

            migrationBuilder.DropTable(
                name: "gift_bans");

            migrationBuilder.DropTable(
                name: "maintainers");

            migrationBuilder.DropIndex(
                name: "ix_deliveries_recipient_id",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "recipient_email",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "gifts_from_members_only",
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
        }
    }
}
