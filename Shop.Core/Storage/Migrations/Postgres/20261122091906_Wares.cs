using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Shop.Core.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Wares : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "bonus_points",
                table: "orders",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "units",
                table: "order_lines",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "taken_seconds",
                table: "membership_events",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "units",
                table: "cart_lines",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "points_transfers",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    sender_id = table.Column<long>(type: "bigint", nullable: false),
                    recipient_id = table.Column<long>(type: "bigint", nullable: false),
                    form_key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    points = table.Column<long>(type: "bigint", nullable: false),
                    note = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    anonymous = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    journal_id = table.Column<long>(type: "bigint", nullable: true)
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
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    code = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    owner_id = table.Column<long>(type: "bigint", nullable: false),
                    delivery_id = table.Column<long>(type: "bigint", nullable: false),
                    piece = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    used_at = table.Column<long>(type: "bigint", nullable: true),
                    old_name = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    new_name = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true)
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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "points_transfers");

            migrationBuilder.DropTable(
                name: "rename_tokens");

            migrationBuilder.DropColumn(
                name: "bonus_points",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "units",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "taken_seconds",
                table: "membership_events");

            migrationBuilder.DropColumn(
                name: "units",
                table: "cart_lines");
        }
    }
}
