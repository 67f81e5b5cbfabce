using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class RandomRecipientsAndCircles : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "random",
                table: "order_lines",
                type: "TEXT",
                maxLength: 32,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "random",
                table: "deliveries",
                type: "TEXT",
                maxLength: 32,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "random",
                table: "cart_lines",
                type: "TEXT",
                maxLength: 32,
                nullable: true);

            migrationBuilder.CreateTable(
                name: "account_activity",
                columns: table => new
                {
                    account_id = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_post_at = table.Column<long>(type: "INTEGER", nullable: true),
                    posts = table.Column<int>(type: "INTEGER", nullable: false),
                    comments = table.Column<int>(type: "INTEGER", nullable: false),
                    recent_posts = table.Column<int>(type: "INTEGER", nullable: false),
                    recent_comments = table.Column<int>(type: "INTEGER", nullable: false),
                    members = table.Column<int>(type: "INTEGER", nullable: false),
                    opted_out = table.Column<int>(type: "INTEGER", nullable: false),
                    spot = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_account_activity", x => x.account_id);
                    table.CheckConstraint("ck_account_activity_numbers", "\"posts\" >= 0 AND \"comments\" >= 0 AND \"recent_posts\" >= 0 AND \"recent_comments\" >= 0 AND \"members\" >= 0");
                    table.ForeignKey(
                        name: "fk_account_activity_members_account_id",
                        column: x => x.account_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "circle",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    other_id = table.Column<long>(type: "INTEGER", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_circle", x => new { x.member_id, x.other_id });
                    table.ForeignKey(
                        name: "fk_circle_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_circle_members_other_id",
                        column: x => x.other_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "random_draws",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    delivery_id = table.Column<long>(type: "INTEGER", nullable: false),
                    drawn_id = table.Column<long>(type: "INTEGER", nullable: false),
                    instead_of_id = table.Column<long>(type: "INTEGER", nullable: true),
                    score = table.Column<int>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_random_draws", x => x.id);
                    table.ForeignKey(
                        name: "fk_random_draws_deliveries_delivery_id",
                        column: x => x.delivery_id,
                        principalTable: "deliveries",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_random_draws_members_drawn_id",
                        column: x => x.drawn_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_account_activity_draw",
                table: "account_activity",
                columns: new[] { "kind", "spot", "account_id", "last_post_at", "posts" });

            migrationBuilder.CreateIndex(
                name: "ix_circle_other_id",
                table: "circle",
                column: "other_id");

            migrationBuilder.CreateIndex(
                name: "ix_random_draws_delivery_id",
                table: "random_draws",
                column: "delivery_id");

            migrationBuilder.CreateIndex(
                name: "ix_random_draws_drawn_id",
                table: "random_draws",
                column: "drawn_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "account_activity");

            migrationBuilder.DropTable(
                name: "circle");

            migrationBuilder.DropTable(
                name: "random_draws");

            migrationBuilder.DropColumn(
                name: "random",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "random",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "random",
                table: "cart_lines");
        }
    }
}
