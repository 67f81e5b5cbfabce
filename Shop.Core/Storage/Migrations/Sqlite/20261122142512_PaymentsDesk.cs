using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PaymentsDesk : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "hand_entries",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    attempt_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    refund_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    amount_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    currency = table.Column<string>(type: "TEXT", maxLength: 3, nullable: false),
                    actor_id = table.Column<long>(type: "INTEGER", nullable: false),
                    note = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_hand_entries", x => x.id);
                    table.CheckConstraint("ck_hand_entries_amount", "\"amount_minor\" > 0");
                    table.CheckConstraint("ck_hand_entries_refund", "(\"kind\" = 'returned') = (\"refund_id\" IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_hand_entries_members_actor_id",
                        column: x => x.actor_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_hand_entries_payment_attempts_attempt_id",
                        column: x => x.attempt_id,
                        principalTable: "payment_attempts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_hand_entries_refunds_refund_id",
                        column: x => x.refund_id,
                        principalTable: "refunds",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "provider_exchanges",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    attempt_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    refund_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    provider = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    operation = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    outcome = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    why = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    provider_ref = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    amount_minor = table.Column<long>(type: "INTEGER", nullable: true),
                    currency = table.Column<string>(type: "TEXT", maxLength: 3, nullable: true),
                    http_status = table.Column<int>(type: "INTEGER", nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    took_ms = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_provider_exchanges", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_hand_entries_actor_id",
                table: "hand_entries",
                column: "actor_id");

            migrationBuilder.CreateIndex(
                name: "ix_hand_entries_attempt_id_id",
                table: "hand_entries",
                columns: new[] { "attempt_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ux_hand_entries_received",
                table: "hand_entries",
                column: "attempt_id",
                unique: true,
                filter: "\"kind\" = 'received'");

            migrationBuilder.CreateIndex(
                name: "ux_hand_entries_returned",
                table: "hand_entries",
                column: "refund_id",
                unique: true,
                filter: "\"refund_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_hand_entries_voided",
                table: "hand_entries",
                column: "attempt_id",
                unique: true,
                filter: "\"kind\" = 'voided'");

            migrationBuilder.CreateIndex(
                name: "ix_provider_exchanges_at",
                table: "provider_exchanges",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_provider_exchanges_order_id",
                table: "provider_exchanges",
                column: "order_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "hand_entries");

            migrationBuilder.DropTable(
                name: "provider_exchanges");
        }
    }
}
