using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Shop.Core.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class EventsAndMails : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "event_id",
                table: "outbox",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "failure",
                table: "outbox",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "reminders_off_at",
                table: "members",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "strange_sign_in_at",
                table: "members",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "event_receivers",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    address = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    generation = table.Column<int>(type: "integer", nullable: false),
                    changed_at = table.Column<long>(type: "bigint", nullable: true),
                    made_by = table.Column<long>(type: "bigint", nullable: false),
                    made_at = table.Column<long>(type: "bigint", nullable: false),
                    ended_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_event_receivers", x => x.id);
                    table.ForeignKey(
                        name: "fk_event_receivers_members_made_by",
                        column: x => x.made_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "shop_events",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    key = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    occurred_at = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: true),
                    order_id = table.Column<long>(type: "bigint", nullable: true),
                    subscription_id = table.Column<long>(type: "bigint", nullable: true),
                    data = table.Column<string>(type: "text", nullable: false),
                    mail = table.Column<string>(type: "text", nullable: true),
                    routed_at = table.Column<long>(type: "bigint", nullable: true),
                    route = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_shop_events", x => x.id);
                    table.CheckConstraint("ck_shop_events_routed", "(\"routed_at\" IS NULL) = (\"route\" IS NULL)");
                    table.ForeignKey(
                        name: "fk_shop_events_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_shop_events_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_outbox_event_id",
                table: "outbox",
                column: "event_id",
                filter: "\"event_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_failed",
                table: "outbox",
                column: "id",
                filter: "\"failure\" IS NOT NULL OR \"dead\" = 1");

            migrationBuilder.CreateIndex(
                name: "ix_event_receivers_address",
                table: "event_receivers",
                column: "address",
                unique: true,
                filter: "\"ended_at\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_event_receivers_made_by",
                table: "event_receivers",
                column: "made_by");

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_key",
                table: "shop_events",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_member_id",
                table: "shop_events",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_order_id",
                table: "shop_events",
                column: "order_id");

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_subscription_id",
                table: "shop_events",
                column: "subscription_id",
                filter: "\"subscription_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_waiting",
                table: "shop_events",
                column: "id",
                filter: "\"routed_at\" IS NULL");

            migrationBuilder.AddForeignKey(
                name: "fk_outbox_shop_events_event_id",
                table: "outbox",
                column: "event_id",
                principalTable: "shop_events",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_outbox_shop_events_event_id",
                table: "outbox");

            migrationBuilder.DropTable(
                name: "event_receivers");

            migrationBuilder.DropTable(
                name: "shop_events");

            migrationBuilder.DropIndex(
                name: "ix_outbox_event_id",
                table: "outbox");

            migrationBuilder.DropIndex(
                name: "ix_outbox_failed",
                table: "outbox");

            migrationBuilder.DropColumn(
                name: "event_id",
                table: "outbox");

            migrationBuilder.DropColumn(
                name: "failure",
                table: "outbox");

            migrationBuilder.DropColumn(
                name: "reminders_off_at",
                table: "members");

            migrationBuilder.DropColumn(
                name: "strange_sign_in_at",
                table: "members");
        }
    }
}
